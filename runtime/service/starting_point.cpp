#include "runtime/service/starting_point.hpp"

#include "actors/cache/shard_pack.hpp"
#include "actors/writer/put_back.hpp"
#include "messages/error.hpp"

#include <spdlog/spdlog.h>

#include <map>

namespace rrdflow {

namespace {

/// The pieces of each owner, joined, in the order of the owners.
std::map<uint32_t, std::string> joined(const snapshot_content& x) {
  std::map<uint32_t, std::string> result;
  for (auto& [owner, bytes] : x.sections)
    result[owner] += bytes;
  return result;
}

} // namespace

std::string snapshot_folder(const std::string& store) {
  return store + "/snapshot";
}

starting_point load_starting_point(const flow_parts& parts) {
  starting_point result;
  result.snapshot
    = load_newest_snapshot(snapshot_folder(parts.settings.store.directory));
  for (auto& x : result.snapshot.rejected)
    spdlog::warn("passed over: {}", x);
  auto& content = result.snapshot.content;
  if (!content) {
    result.decoder.at = parts.log->begin();
    result.decoder.sequence = parts.log->sequence_before();
    result.decoder.rules = parts.rules;
    return result;
  }
  result.marker = content->marker;
  result.decoder.at = content->at;
  for (auto& [owner, bytes] : joined(*content)) {
    if (owner == decoder_part)
      result.decoder.memory.assign(bytes.begin(), bytes.end());
    else
      result.shards.push_back(std::move(bytes));
  }
  content->sections.clear();
  return result;
}

caf::error put_files_back(flow_parts& parts, uint64_t marker) {
  auto& store = parts.settings.store.directory;
  if (auto err = sweep_new_files(store))
    return err;
  auto result = put_back(store, marker);
  if (!result)
    return result.error();
  parts.headers_put_back += result->headers;
  for (auto& x : result->left_alone)
    spdlog::warn("left as it is: {}: {}", x.file, x.reason);
  if (result->headers + result->deleted > 0)
    spdlog::info(
      "put {} headers back, deleted {} files newer than the snapshot",
      result->headers, result->deleted);
  return caf::none;
}

caf::expected<std::vector<uint64_t>>
keys_in(const std::vector<std::string>& sections) {
  std::vector<uint64_t> result;
  int64_t told = 0;
  shard_books books;
  for (auto& x : sections) {
    auto err = unpack_section(x, told, books, [&](unpacked_file& file) {
      result.push_back(file.key);
      return true;
    });
    if (err)
      return err;
  }
  return result;
}

caf::expected<cut_summary> read_cut(const std::string& store) {
  cut_summary result;
  auto found = load_newest_snapshot(snapshot_folder(store));
  if (found.error)
    return found.error;
  if (!found.content)
    return result;
  result.at = found.content->at;
  auto bytes = joined(*found.content)[decoder_part];
  decoder_memory memory;
  if (!unpack(std::vector<char>{bytes.begin(), bytes.end()}, memory)) {
    result.sequence = memory.sequence;
    result.second = memory.told;
  }
  return result;
}

} // namespace rrdflow

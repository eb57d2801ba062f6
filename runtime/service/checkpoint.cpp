#include "runtime/service/checkpoint.hpp"

#include "actors/cache/shard_pack.hpp"
#include "actors/writer/rollback.hpp"
#include "messages/error.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <utility>

namespace rrdflow {

namespace {

/// More than any journal gets to in its life.
constexpr position max_position = position{1} << 62;

/// A snapshot, unpacked as far as the flow's actors will do it.
struct unpacked_cut {
  decoder_memory memory;
  std::vector<std::string> shards;
  std::vector<uint64_t> keys;
};

caf::error damaged(const char* what) {
  return fail(ec::damaged, what);
}

/// Joins the pieces of each owner.
caf::error join(const snapshot_content& content, std::vector<char>& memory,
                std::vector<std::string>& shards) {
  std::map<uint32_t, std::string> owners;
  for (auto& [owner, bytes] : content.sections)
    owners[owner] += bytes;
  auto decoder = owners.find(decoder_part);
  if (decoder == owners.end())
    return damaged("lacks the decoder's part");
  memory.assign(decoder->second.begin(), decoder->second.end());
  owners.erase(decoder);
  if (owners.empty() || owners.rbegin()->first != owners.size() - 1)
    return damaged("lacks the part of a shard");
  for (auto& [owner, bytes] : owners)
    shards.push_back(std::move(bytes));
  return caf::none;
}

caf::error list_keys(unpacked_cut& x) {
  int64_t told = 0;
  for (auto& section : x.shards) {
    shard_counters books;
    auto err = unpack_section(section, told, books, [&](unpacked_file& file) {
      x.keys.push_back(file.key);
      return true;
    });
    if (err)
      return err;
  }
  auto sorted = x.keys;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
    return damaged("a file comes twice");
  return caf::none;
}

caf::error try_cut(const snapshot_content& content, unpacked_cut& x) {
  if (content.at > max_position)
    return damaged("an impossible position");
  std::vector<char> memory;
  if (auto err = join(content, memory, x.shards))
    return err;
  if (auto err = unpack(memory, x.memory))
    return err;
  return list_keys(x);
}

/// Loads the newest snapshot that a flow can start from.
loaded_snapshot load(const std::string& store, unpacked_cut& x) {
  auto check = [&x](const snapshot_content& content) {
    x = unpacked_cut{};
    return try_cut(content, x);
  };
  auto result = load_newest_snapshot(snapshot_folder(store), check);
  for (auto& rejected : result.rejected)
    spdlog::error("snapshot passed over: {}", rejected);
  return result;
}

/// Rules that a program understood when it took a snapshot may be none to a
/// later one. What waits is worth more than they are.
void mend_rules(decoder_memory& x, const rules_request& now) {
  rule_names names;
  auto config = rules_of(x.rules.text);
  auto set = config ? rule_set::make(*config, x.rules.subscriptions, names)
                    : caf::expected<rule_set>{config.error()};
  if (set)
    return;
  spdlog::error("the snapshot's rules cannot be used, those of the "
                "configuration are: {}",
                explain(set.error()));
  x.rules = now;
}

/// Without a snapshot: the journal's beginning. What was before is lost if it
/// is not in the files.
void begin_anew(flow_parts& parts, starting_point& x) {
  x.decoder.rules = parts.rules;
  x.decoder.at = parts.log->begin();
  x.decoder.sequence = parts.log->sequence_before();
  x.decoder.lost = x.decoder.sequence;
  if (x.decoder.lost > 0)
    spdlog::error("no snapshot can be used, and the journal begins at byte {}: "
                  "messages 1 to {} are lost as far as they are not in files",
                  x.decoder.at, x.decoder.lost);
  else if (!x.snapshot.rejected.empty())
    spdlog::warn("no snapshot can be used: all messages are read anew, from "
                 "byte {} of the journal",
                 x.decoder.at);
}

} // namespace

std::string snapshot_folder(const std::string& store) {
  return store + "/snapshot";
}

starting_point load_starting_point(flow_parts& parts) {
  starting_point result;
  result.decoder.suspects
    = {parts.poison.tracker().from(), parts.poison.tracker().to()};
  result.decoder.condemned = parts.poison.found();
  unpacked_cut cut;
  result.snapshot = load(parts.settings.store.directory, cut);
  parts.snapshots_refused.add(result.snapshot.rejected.size());
  // One that cannot be read now may be read later: there is no start.
  if (result.snapshot.error)
    return result;
  auto& content = result.snapshot.content;
  if (!content) {
    begin_anew(parts, result);
    return result;
  }
  result.marker = content->marker;
  result.decoder.at = content->at;
  mend_rules(cut.memory, parts.rules);
  result.decoder.memory = pack(cut.memory);
  result.shards = std::move(cut.shards);
  result.keys = std::move(cut.keys);
  content->sections.clear();
  return result;
}

caf::error put_files_back(flow_parts& parts, uint64_t marker) {
  auto& store = parts.settings.store.directory;
  // What is left there takes room and does no harm.
  if (auto err = sweep_new_files(store))
    spdlog::warn("unfinished files are not deleted: {}", explain(err));
  auto result = put_back(store, marker);
  if (!result)
    return result.error();
  parts.headers_put_back.add(result->headers);
  for (auto& x : result->left_alone)
    spdlog::warn("left as it is: {}: {}", x.file, x.reason);
  for (auto& x : result->damaged) {
    parts.undo_damaged_bytes.add(x.bytes);
    spdlog::warn(
      "{}: {} bytes are damaged: files whose headers stood there are "
      "not put back",
      x.name, x.bytes);
  }
  if (result->headers + result->deleted > 0)
    spdlog::info(
      "put {} headers back, deleted {} files newer than the snapshot",
      result->headers, result->deleted);
  return caf::none;
}

caf::expected<cut_summary> read_cut(const std::string& store) {
  cut_summary result;
  unpacked_cut cut;
  auto found = load(store, cut);
  if (found.error)
    return found.error;
  result.refused = found.rejected.size();
  if (!found.content)
    return result;
  result.at = found.content->at;
  result.sequence = cut.memory.sequence;
  result.second = cut.memory.told;
  return result;
}

} // namespace rrdflow

#include "runtime/service/checkpoint.hpp"

#include "actors/decode/rule_set.hpp"
#include "actors/snapshot/snapshot_file.hpp"
#include "actors/writer/rollback.hpp"
#include "messages/error.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <thread>
#include <utility>

namespace rrdflow {

namespace {

/// More than any journal gets to in its life.
constexpr position max_position = position{1} << 62;

/// Joins the pieces of each owner: the decoder's and, in order, those of the
/// shards that made the snapshot.
caf::expected<std::map<uint32_t, std::string>> join(snapshot_content& content) {
  std::map<uint32_t, std::string> result;
  for (auto& [owner, bytes] : content.sections) {
    auto& joined = result[owner];
    if (joined.empty())
      joined = std::move(bytes);
    else
      joined += std::exchange(bytes, {});
  }
  if (result.count(decoder_part) == 0)
    return fail(ec::damaged, "lacks the decoder's part");
  // The decoder's number is above all others.
  if (result.size() < 2
      || std::next(result.rbegin())->first != result.size() - 2)
    return fail(ec::damaged, "lacks the part of a shard");
  return result;
}

/// Unpacks a snapshot for so many shards.
caf::error
unpack_snapshot(snapshot_content& content, uint32_t shards, checkpoint& out) {
  if (content.at > max_position)
    return fail(ec::damaged, "an impossible position");
  auto owners = join(content);
  if (!owners)
    return owners.error();
  auto& memory = owners->at(decoder_part);
  if (auto err = unpack({memory.begin(), memory.end()}, out.memory))
    return err;
  owners->erase(decoder_part);
  std::vector<std::string> sections;
  for (auto& [owner, bytes] : *owners)
    sections.push_back(std::move(bytes));
  auto unpacked = unpack_sections(std::move(sections), shards);
  if (!unpacked)
    return unpacked.error();
  out.shards = std::move(*unpacked);
  return caf::none;
}

/// Takes the rules of the configuration if this program does not understand the
/// snapshot's: the rows of the snapshot count more than its rules.
void repair_rules(decoder_memory& x, const rules_request& now) {
  rule_names names;
  auto config = read_rules(x.rules.text);
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
void begin_anew(const flow_parts& parts, const checkpoint& from,
                decoder_start& x) {
  x.rules = parts.rules;
  x.at = parts.log->begin();
  x.sequence = parts.log->sequence_before();
  x.lost = x.sequence;
  if (x.lost > 0)
    spdlog::error("no snapshot can be used, and the journal begins at byte {}: "
                  "messages 1 to {} are lost as far as they are not in files",
                  x.at, x.lost);
  else if (!from.rejected.empty())
    spdlog::warn("no snapshot can be used: all messages are read anew, from "
                 "byte {} of the journal",
                 x.at);
}

} // namespace

std::string snapshot_folder(const std::string& store) {
  return store + "/snapshot";
}

uint32_t shard_count(const cache_config& x) {
  return x.shards > 0 ? x.shards
                      : std::max(1u, std::thread::hardware_concurrency());
}

caf::expected<checkpoint>
load_checkpoint(const std::string& store, uint32_t shards) {
  std::optional<checkpoint> result;
  auto found = load_newest_snapshot(
    snapshot_folder(store), [&](snapshot_content& content) {
      return unpack_snapshot(content, shards, result.emplace());
    });
  for (auto& rejected : found.rejected)
    spdlog::error("snapshot passed over: {}", rejected);
  if (found.error)
    return std::move(found.error);
  if (!found.content)
    result.emplace().shards.resize(shards);
  auto& x = *result;
  if (found.content) {
    x.marker = found.content->marker;
    x.at = found.content->at;
  }
  x.newest_marker = found.newest_marker;
  x.rejected = std::move(found.rejected);
  return std::move(x);
}

decoder_start make_decoder_start(flow_parts& parts, checkpoint& from) {
  decoder_start result;
  result.suspects
    = {parts.poison.tracker().from(), parts.poison.tracker().to()};
  result.poison = parts.poison.found();
  parts.snapshots_refused.add(from.rejected.size());
  if (from.marker == 0) {
    begin_anew(parts, from, result);
    return result;
  }
  result.at = from.at;
  repair_rules(from.memory, parts.rules);
  result.memory = pack(from.memory);
  return result;
}

caf::error roll_back_files(flow_parts& parts, uint64_t marker) {
  auto& store = parts.settings.store.directory;
  // What is left there takes room and does no harm.
  if (auto err = sweep_new_files(store))
    spdlog::warn("unfinished files are not deleted: {}", explain(err));
  auto result = rollback(store, marker);
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

} // namespace rrdflow

#pragma once

#include "actors/cache/shard_section.hpp"
#include "actors/decode/decoder_memory.hpp"
#include "actors/decode/decoder_engine.hpp"
#include "runtime/service/flow.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace rrdflow {

/// What a flow starts from: the newest snapshot that can be used, unpacked, or
/// nothing.
struct checkpoint {
  /// The snapshot's; 0: there is none.
  uint64_t marker = 0;

  /// Where the journal goes on.
  position at = 0;

  /// No marker up to here may be used again.
  uint64_t newest_marker = 0;

  /// Names the snapshots that are newer but of no use, and why.
  std::vector<std::string> rejected;

  decoder_memory memory;

  /// One for each shard of the flow.
  std::vector<shard_start> shards;
};

/// Where the snapshots of a store are.
std::string snapshot_folder(const std::string& store);

/// How many shards a flow has.
uint32_t shard_count(const cache_config& x);

/// Finds what a flow of so many shards starts from. Names in the log the
/// snapshots that are passed over.
/// @returns an error if it is not known which snapshot is the newest: there
///          must be no start
caf::expected<checkpoint>
load_checkpoint(const std::string& store, uint32_t shards);

/// Says where the decoder begins. Counts in `parts` the snapshots that were
/// passed over, and names in the log what is lost with them.
decoder_start make_decoder_start(flow_parts& parts, checkpoint& from);

/// Puts the files back to what they were at the marker and counts the headers
/// in `parts`. Without success the flow must not start.
caf::error roll_back_files(flow_parts& parts, uint64_t marker);

} // namespace rrdflow

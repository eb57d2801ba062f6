#pragma once

#include "actors/decode/decoder_engine.hpp"
#include "actors/snapshot/snapshot_store.hpp"
#include "runtime/service/flow.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace rrdflow {

/// What a flow starts from: the newest snapshot, or the journal's beginning.
struct starting_point {
  loaded_snapshot snapshot;

  /// Of each shard that made the snapshot, its pieces joined.
  std::vector<std::string> shards;

  decoder_start decoder;

  /// The snapshot's, or 0.
  uint64_t marker = 0;
};

/// Where the snapshots of a store are.
std::string snapshot_folder(const std::string& store);

starting_point load_starting_point(const flow_parts& parts);

/// Puts the files back to what they were at the marker and counts the headers
/// in `parts`. Without success the flow must not start.
caf::error put_files_back(flow_parts& parts, uint64_t marker);

/// The `path_key`s of the files whose state is in these sections.
caf::expected<std::vector<uint64_t>>
keys_in(const std::vector<std::string>& sections);

/// What must be known of the newest snapshot before the journal is opened.
struct cut_summary {
  position at = 0;
  uint64_t sequence = 0;

  /// The last second that was told.
  int64_t second = 0;
};

/// Reads the newest snapshot of a store; all zero without one.
caf::expected<cut_summary> read_cut(const std::string& store);

} // namespace rrdflow

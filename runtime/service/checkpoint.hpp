#pragma once

#include "actors/decode/decoder_engine.hpp"
#include "actors/snapshot/snapshot_file.hpp"
#include "runtime/service/flow.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace rrdflow {

/// What a flow starts from: the newest snapshot that can be used, or the
/// journal's beginning.
struct starting_point {
  loaded_snapshot snapshot;

  /// Of each shard that made the snapshot, its pieces joined.
  std::vector<std::string> shards;

  /// The `path_key`s of the files whose state is in `shards`.
  std::vector<uint64_t> keys;

  decoder_start decoder;

  /// The snapshot's, or 0.
  uint64_t marker = 0;
};

/// Where the snapshots of a store are.
std::string snapshot_folder(const std::string& store);

/// Finds where a flow starts; names in the log, and counts in `parts`, the
/// snapshots that are passed over and what is lost with them.
starting_point load_starting_point(flow_parts& parts);

/// Puts the files back to what they were at the marker and counts the headers
/// in `parts`. Without success the flow must not start.
caf::error put_files_back(flow_parts& parts, uint64_t marker);

/// What must be known of the snapshots before the journal is opened.
struct cut_summary {
  position at = 0;
  uint64_t sequence = 0;

  /// The last second that was told.
  int64_t second = 0;

  /// Snapshots that were passed over.
  uint64_t refused = 0;
};

/// Reads the snapshot that `load_starting_point` will start from; all zero
/// without one.
caf::expected<cut_summary> read_cut(const std::string& store);

} // namespace rrdflow

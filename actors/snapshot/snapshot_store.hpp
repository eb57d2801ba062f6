#pragma once

#include "actors/snapshot/snapshot_file.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rrdflow {

/// What a start finds in the folder of snapshots.
struct loaded_snapshot {
  /// Why nobody knows which snapshot is the newest: a start must not go on. A
  /// folder that does not exist has none.
  caf::error error;

  /// The newest one that can be used, if any.
  std::optional<snapshot_content> content;

  /// Names those that are newer but of no use, and why.
  std::vector<std::string> rejected;

  /// No marker up to here may be used again.
  uint64_t newest_marker = 0;
};

/// Tries what a snapshot holds. An error says why nothing can start from it.
using snapshot_check = std::function<caf::error(const snapshot_content&)>;

/// Reads the newest snapshot that is sound and passes `check`, and removes what
/// unfinished ones left. Those that were passed over are called
/// "*.snapshot.rejected" from then on: the flow goes on from an older state, to
/// which they do not belong, and no later start may take them.
loaded_snapshot load_newest_snapshot(const std::string& folder,
                                     const snapshot_check& check = {});

/// Deletes the snapshots below `marker`, rejected ones included. Errors:
/// ec::io_failed; what could be deleted is gone nevertheless.
caf::error drop_snapshots(const std::string& folder, uint64_t marker);

} // namespace rrdflow

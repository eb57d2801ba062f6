#pragma once

#include "actors/snapshot/snapshot_file.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rrdflow {

/// What a start finds in the folder of snapshots.
struct loaded_snapshot {
  /// Why nobody knows which there are. A folder that does not exist has none.
  caf::error error;

  /// The newest valid one, if any.
  std::optional<snapshot_content> content;

  /// Names those that were passed over, and why.
  std::vector<std::string> rejected;

  /// No marker up to here may be used again.
  uint64_t newest_marker = 0;

  /// The marker and position of the valid snapshot before `content`.
  std::optional<std::pair<uint64_t, position>> previous;
};

/// Reads the newest valid snapshot and removes what unfinished ones left.
loaded_snapshot load_newest_snapshot(const std::string& folder);

/// Deletes the snapshots below `marker`.
void drop_snapshots(const std::string& folder, uint64_t marker);

} // namespace rrdflow

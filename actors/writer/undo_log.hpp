#pragma once

#include "actors/base/file.hpp"
#include "actors/base/metrics.hpp"
#include "actors/writer/undo_format.hpp"

#include <caf/error.hpp>

#include <tsl/robin_set.h>

#include <cstdint>
#include <string>

namespace rrdflow {

/// Writes one writer's undo logs.
///
/// Operation: `add` a record for every file that `wants` one, `commit`, and
/// only then touch these files. A marker begins another log. Limitations: 8
/// bytes a file that was touched since the marker.
class undo_log {
public:
  /// What became of a commit.
  enum class outcome : uint8_t {
    /// The records are on disk.
    safe,
    /// The records are not in the log, e.g. for want of space: the files must
    /// not be touched now.
    refused,
    /// What is on disk is unknown. Do not go on.
    broken,
  };

  /// @param active false: keep no logs (a switch for tests)
  undo_log(std::string store, uint32_t writer, uint64_t marker, bool active,
           metric_registry* metrics);

  /// From here on records belong to this marker.
  void start(uint64_t marker);

  /// Whether there is no record of this file since the marker.
  bool wants(uint32_t file, const file_identity& identity) const;

  /// Prepares a record.
  void add(uint32_t file, const undo_record& x);

  /// Writes what was added, with one write and one sync. `error` says why it
  /// did not work. Added records that are refused are forgotten.
  outcome commit(caf::error& error);

private:
  outcome open(caf::error& error);

  std::string store_;
  uint32_t writer_;
  uint64_t marker_;
  bool active_;
  unique_fd file_;

  /// The folder of the logs is on disk.
  bool folder_synced_ = false;

  /// Bytes of the log that are records.
  uint64_t size_ = 0;

  std::string buffer_;
  std::vector<uint64_t> added_;

  /// File number above, 32 bits of its identity below.
  tsl::robin_set<uint64_t> logged_;

  counter records_;
};

} // namespace rrdflow

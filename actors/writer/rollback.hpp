#pragma once

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace rrdflow {

/// What a start did to the files.
struct rollback_result {
  /// Headers that are as they were at the marker again.
  uint64_t headers = 0;

  /// New files that were deleted: they were not there at the marker.
  uint64_t deleted = 0;

  /// A file that is not as the log says, e.g. because it was replaced.
  struct untouched {
    std::string file;
    std::string reason;
  };

  std::vector<untouched> left_alone;

  /// Bytes at the ends of logs that are no records: what a kill tore off.
  uint64_t torn_bytes = 0;

  /// A log with bytes in front of records that are none. Files whose headers
  /// stood there stay as they are.
  struct damaged_log {
    std::string name;
    uint64_t bytes;
  };

  std::vector<damaged_log> damaged;
};

/// Makes the files of a store what they were when marker `from` passed, by the
/// undo logs of this and all later markers, and syncs them. To be called at the
/// start, before any writer runs. Doing it again, e.g. after a crash in the
/// middle, gives the same files. Blocks.
///
/// Fails if a log cannot be read or a file not be written: then the flow must
/// not start.
caf::expected<rollback_result>
rollback(const std::string& store, uint64_t from);

/// Deletes the logs of all markers below this one.
caf::error drop_undo_logs(const std::string& store, uint64_t below);

/// The largest marker that has a log, or 0. Errors: ec::io_failed.
caf::expected<uint64_t> newest_marker(const std::string& store);

/// Deletes the files that a killed writer left unfinished. To be called at the
/// start, before any writer runs.
caf::error sweep_new_files(const std::string& store);

} // namespace rrdflow

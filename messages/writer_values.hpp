#pragma once

#include "config/file_definition.hpp"
#include "messages/cache_values.hpp"
#include "messages/sample.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace rrdflow {

/// Rows that a CACHE_SHARD wants in one file.
struct write_job {
  file_id file = 0;
  definition_ptr definition;

  /// At least one row.
  row_block rows;

  /// Requested: exempt from writer.max_files_per_second.
  bool urgent = false;
};

enum class write_status : uint8_t {
  /// Each row is in the file, or the file refused it as past.
  done,
  /// Nothing was written; the shard tries again later (e.g. a full disk).
  failed,
  /// The file must be created, which the rate does not allow yet.
  postponed,
};

/// What became of a `write_job`.
struct write_outcome {
  file_id file = 0;
  write_status status = write_status::done;

  /// Rows written now, rows the file already had (at or before its last
  /// update), and rows that can never be written (e.g. the file has none of
  /// their sources); sum up to the job's rows if `status` is done.
  uint32_t written = 0;
  uint32_t past = 0;
  uint32_t abandoned = 0;

  /// Milliseconds since the epoch: the file's last update after the job.
  int64_t last_update = 0;

  /// Why it failed or what was abandoned; empty if all is well.
  std::string error;

  /// The reason is this file's own, not the disk's.
  bool own_fault = false;
};

/// Asks what is in a file, the rows included that wait for it.
struct read_request {
  file_id file = 0;

  /// Seconds since the epoch, (from, to].
  int64_t from = 0;
  int64_t to = 0;

  /// The wanted distance of points in seconds; 0: the finest.
  int64_t resolution = 0;

  /// Rows that the first function may give; 0: no bound.
  uint64_t max_points = 0;

  /// At least one.
  std::vector<consolidation> functions{consolidation::average};

  /// Filled in by the file's shard.
  waiting_rows waiting;
};

/// What `rrdtool fetch` gives: the row for `start + (i + 1) * step` holds
/// the values `[i * sources, (i + 1) * sources)`; NaN is unknown. `step` is 0
/// if the file has no archive of the function.
struct fetch_result {
  int64_t start = 0;
  int64_t step = 0;
  std::vector<std::string> sources;
  std::vector<double> values;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, fetch_result& x) {
  return f(x.start, x.step, x.sources, x.values);
}

/// The bytes of a file as they were between two writes of it.
struct file_copy {
  /// Never null.
  std::shared_ptr<const std::string> bytes;

  /// A hash of the bytes.
  std::string tag;

  /// Seconds: the time of the newest row.
  int64_t last_update = 0;
};

/// What a file shall be, unless it is so already.
struct reshape_job {
  file_id file = 0;

  /// Null: nothing else than what its rows are made for.
  definition_ptr definition;

  /// Bring the file that exists to it. False: only one that is made anew.
  bool existing = false;
};

/// What became of a `reshape_job`.
struct reshape_outcome {
  /// The file has another shape than before.
  bool changed = false;

  /// Names the file and says why it has not the shape it shall have.
  std::string error;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, reshape_outcome& x) {
  return f(x.changed, x.error);
}

/// What is known of a file without changing it.
struct file_info {
  bool exists = false;

  /// Why the file cannot be used; empty if it can.
  std::string error;

  /// The damage is of a kind that quarantine cures.
  bool damaged = false;

  /// The error passes when someone puts it right: rows for it wait.
  bool blocked = false;

  /// Seconds, rounded up.
  int64_t last_update = 0;

  /// What each source had last; NaN: unknown.
  std::vector<double> last_values;

  /// Step, sources and archives of the file; null if it cannot be used. Sample,
  /// fill and lateness are not in a file: they have their defaults.
  definition_ptr definition;
};

} // namespace rrdflow

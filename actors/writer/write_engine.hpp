#pragma once

#include "actors/base/file_names.hpp"
#include "actors/base/metrics.hpp"
#include "actors/writer/file_troubles.hpp"
#include "actors/writer/file_update.hpp"
#include "actors/writer/rrd_folder.hpp"
#include "actors/writer/undo_log.hpp"
#include "actors/writer/writer_settings.hpp"
#include "messages/writer_values.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace rrdflow {

/// Limits how many things a second pass; up to one second's worth at once.
class write_rate {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// @param per_second 0: everything passes
  write_rate(double per_second, time_point now);

  /// Whether one more may pass now; if so, it is counted.
  bool take(time_point now);

private:
  double per_second_;
  double most_;
  double tokens_;
  time_point last_;
};

/// Writes rows to the RRD files of one shard, and reads them.
///
/// Operation: of each batch, all files are inspected and missing ones created;
/// then one write and one sync put the files' headers into the undo log; then
/// the files change, rows first and the header last.
/// Concurrency: one thread, and nothing else may touch these files. Blocks.
/// Limitations: a batch of more than 256 jobs, or of a sixteenth of the files
/// that the process may have open, is written in parts, because the files of a
/// part are open at once.
class write_engine {
public:
  static caf::expected<std::unique_ptr<write_engine>>
  make(writer_settings settings, std::shared_ptr<const file_names> names);

  /// Says what became of each job, in their order. An error means that what is
  /// in the undo log or in a file's header is unknown: the flow must start
  /// anew.
  /// @pre all jobs are for different files
  caf::expected<std::vector<write_outcome>>
  write(const std::vector<write_job>& jobs);

  /// From here on headers go into this marker's log.
  void marker(uint64_t number);

  /// See `fetch_rows`.
  caf::expected<std::vector<fetch_result>>
  read(const read_request& request) const;

  /// The bytes of a file; see `copy_file`.
  caf::expected<file_copy> copy(file_id file) const;

  /// What is known of files. Errors: ec::io_failed, if one cannot be read now.
  caf::expected<std::vector<file_info>>
  describe(const std::vector<file_id>& files) const;

  /// Gives a file another shape, now or when it is made anew. An error means
  /// the same as for `write`.
  caf::expected<reshape_outcome> reshape(const reshape_job& job);

  /// Files that were seen to have another shape than their rows are made for,
  /// since the last call: once for each shape.
  std::vector<file_id> take_changed();

  /// Deletes files; the error names those that stay.
  caf::error remove(const std::vector<file_id>& files);

private:
  friend class write_batch;
  friend class file_reshape;

  write_engine(writer_settings settings,
               std::shared_ptr<const file_names> names, rrd_folder folder);

  /// What a file of this job is made as.
  const file_definition& shape_of(const write_job& job) const;

  /// Makes the store's folders anew that were deleted.
  void tend_folders();

  /// Notes whether a file is what its rows are made for.
  void compare(const write_job& job, const rrd_header& header);

  writer_settings settings_;
  std::shared_ptr<const file_names> names_;
  rrd_folder folder_;
  undo_log undo_;
  file_troubles troubles_;
  file_update update_;
  write_rate files_;
  write_rate creates_;

  /// Numbers the temporary names of new files.
  uint64_t temporary_names_ = 0;

  /// What files that differ from their rules are made as, if they are gone.
  std::unordered_map<file_id, definition_ptr> shapes_;

  /// Files with another shape than their rows: a hash of it.
  std::unordered_map<file_id, uint64_t> other_shapes_;
  std::vector<file_id> changed_;

  counter created_;
  counter past_;
  gauge quarantined_;
};

} // namespace rrdflow

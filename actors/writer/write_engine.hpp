#pragma once

#include "actors/base/file_names.hpp"
#include "actors/writer/file_update.hpp"
#include "actors/writer/rrd_folder.hpp"
#include "actors/writer/undo_log.hpp"
#include "actors/writer/write_probe.hpp"
#include "actors/writer/write_rate.hpp"
#include "actors/writer/writer_settings.hpp"
#include "messages/metric.hpp"
#include "messages/writer_values.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <memory>
#include <string>
#include <vector>

namespace rrdflow {

/// Writes rows into the RRD files of one shard.
///
/// Operation: of each batch, all files are looked at and new ones made; then
/// one write and one sync put the files' headers into the undo log; then the
/// files change, rows first and the header last.
/// Concurrency: one thread, and nobody else may touch these files. Blocks.
/// Limitations: a batch of more than 256 jobs, or of a sixteenth of the files
/// that the process may have open, is written in parts, because the files of a
/// part are open at once.
class write_engine {
public:
  static caf::expected<std::unique_ptr<write_engine>>
  make(writer_settings settings, std::shared_ptr<const file_names> names);

  /// Says what became of each job, in their order. An error means that nobody
  /// knows what is in the undo log or in a file's header: the flow must start
  /// anew.
  caf::expected<std::vector<write_outcome>>
  write(const std::vector<write_job>& jobs);

  /// From here on headers go into this marker's log.
  void marker(uint64_t number);

  /// What `rrdtool fetch` would say had the waiting rows been written. All of
  /// its rows: the first may begin before `from`, the last end behind `to`.
  caf::expected<fetch_result> read(const read_job& job);

  /// The bytes of a file; see `copy_file`.
  caf::expected<file_copy> copy(file_id file) const;

  /// What is known of files. Errors: ec::io_failed, if one cannot be read now.
  caf::expected<std::vector<file_info>>
  describe(const std::vector<file_id>& files) const;

  /// Deletes files; the error names those that stay.
  caf::error remove(const std::vector<file_id>& files);

  metrics stats() const;

private:
  friend class write_batch;

  write_engine(writer_settings settings,
               std::shared_ptr<const file_names> names, rrd_folder folder);

  /// A name in the folder of new files that was never used in this run.
  std::string fresh_name();

  writer_settings settings_;
  std::shared_ptr<const file_names> names_;
  rrd_folder folder_;
  undo_log undo_;
  write_probe probe_;
  file_update update_;
  write_rate files_;
  write_rate creates_;
  uint64_t fresh_names_ = 0;
};

} // namespace rrdflow

#pragma once

#include "actors/base/metrics.hpp"
#include "actors/writer/row_update.hpp"
#include "actors/writer/writer_settings.hpp"

#include <caf/error.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>

namespace rrdflow {

/// What became of the writing of an update.
enum class store_state : uint8_t {
  /// All is in the file.
  done,
  /// The header is as it was. Rows may be in the places of the archives' oldest
  /// ones, which show them until the same update is made once more; one that is
  /// given up leaves them there.
  failed,
  /// A part of the header was written, and could be neither completed nor taken
  /// back.
  torn,
};

/// Writes what `x` computed into its file: the rows first, with a write for
/// each run of them, the live part of the header last, with one write.
///
/// @param header what the file has now
/// @param rows_written called between the two
/// @returns unless `done`, errno says why
store_state store_update(int fd, const rrd_header& header, const row_update& x,
                         const std::function<void()>& rows_written);

/// Has librrd write the rows from `first` on, tuning the sources' heartbeat in
/// front of each row that has another one.
/// @param header what the file has now
caf::error
update_by_librrd(int fd, rrd_header header, const row_block& rows, size_t first,
                 size_t sources, const column_map& map);

/// What became of an update.
struct update_result {
  /// Why not all rows are in the file.
  caf::error error;

  /// No retry cures the error: it is about what a row says.
  bool hopeless = false;

  /// The file's header is torn: only its undo log knows it.
  bool torn = false;

  /// Microseconds since the epoch: the newest row in the file.
  int64_t last_update = 0;
};

/// Writes rows to open files, one after the other: with `row_update` where it
/// can, with librrd elsewhere. The file is the same, bit for bit.
///
/// Concurrency: one thread. Blocks.
class file_update {
public:
  /// @param settings lives as long as this object
  explicit file_update(const writer_settings& settings);

  /// Writes the rows from `first` on.
  /// @param header what the file has now
  /// @pre the row at `first` is newer than the file
  update_result run(int fd, const rrd_header& header, const row_block& rows,
                    size_t first, size_t sources, const column_map& map);

private:
  update_result run_own(int fd, const rrd_header& header);
  update_result
  run_librrd(int fd, const rrd_header& header, const row_block& rows,
             size_t first, size_t sources, const column_map& map);

  const writer_settings& settings_;
  row_update update_;
  histogram seconds_;
  counter by_librrd_;
};

} // namespace rrdflow

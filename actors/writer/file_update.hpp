#pragma once

#include "actors/writer/row_update.hpp"
#include "actors/writer/write_probe.hpp"
#include "actors/writer/writer_settings.hpp"

#include <caf/error.hpp>

#include <cstddef>
#include <cstdint>

namespace rrdflow {

/// What became of an update.
struct update_result {
  /// Why not all rows are in the file.
  caf::error error;

  /// No retry cures the error: it is about what a row says.
  bool hopeless = false;

  /// The file's header is torn: only its undo log knows it.
  bool torn = false;

  /// Seconds: the newest row in the file.
  int64_t last_update = 0;
};

/// Brings rows into files that are open, one after the other: by ourselves
/// where we can, by librrd elsewhere. The file is the same, bit for bit.
///
/// Concurrency: one thread. Blocks.
class file_update {
public:
  /// @param settings lives as long as this object, like `probe`
  file_update(const writer_settings& settings, write_probe& probe);

  /// Writes the rows from `first` on.
  /// @param header what the file has now
  /// @pre the row at `first` is newer than the file
  update_result run(int fd, const rrd_header& header, const row_block& rows,
                    size_t first, size_t sources, const column_map& map);

private:
  update_result run_own(int fd, const rrd_header& header);
  static update_result
  run_librrd(int fd, const rrd_header& header, const row_block& rows,
             size_t first, size_t sources, const column_map& map);

  const writer_settings& settings_;
  write_probe& probe_;
  row_update update_;
};

} // namespace rrdflow

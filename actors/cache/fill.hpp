#pragma once

#include "actors/cache/row_buffer.hpp"
#include "config/file_definition.hpp"
#include "messages/sample.hpp"

#include <cstdint>
#include <vector>

namespace rrdflow {

/// The newest reading of a source in the rows before those at hand.
struct previous_reading {
  /// Seconds, its slot's end; 0: there was none.
  int64_t end = 0;

  /// Known, unless it was no number, or stands in a file that was taken over.
  cell value;
};

/// The row before those at hand: decides about the gap in front of the next.
struct previous_row {
  /// Seconds, the end of the row before; 0: there was none.
  int64_t end = 0;

  /// One for each source.
  std::vector<previous_reading> sources;
};

/// Makes `row` the previous row of what follows.
void advance(const file_definition& definition, previous_row& previous,
             row_view row);

/// Turns the rows of a file, in order, into those that are written. In front of
/// a row that follows a gap, one step earlier, it puts an extra row where
/// `fill` of a source or its heartbeat asks for one:
///
/// - The slot of a GAUGE's reading always has its value: behind a gap of more
///   than the heartbeat there is an unknown row, since RRD would take all of
///   the gap, that slot included, for unknown.
/// - `hold` puts the value before into the extra row, `none` an unknown one.
///
/// If a file with other types needs an extra row for a GAUGE, counters get
/// their last raw value in it again, ABSOLUTE gets 0, and either is unknown if
/// its source is silent for longer than its heartbeat.
class row_emitter {
public:
  /// @param previous in front of the first row; advances with every row.
  row_emitter(const file_definition& definition, previous_row& previous)
    : definition_{definition}, previous_{previous} {
    // nop
  }

  /// Appends `row`, and what stands in the gap before it, to `out`.
  void emit(row_view row, row_block& out);

private:
  cell extra_cell(row_view row, size_t i, int64_t end) const;

  const file_definition& definition_;
  previous_row& previous_;
  std::vector<cell> cells_;
  std::vector<cell> extra_;
};

/// Finds values for the cells without a reading in the rows [first, first + n)
/// of a file of several sources: what `fill` says of a GAUGE, with `heartbeat`
/// the next reading if that waits in `rows`; the last raw value again of a
/// counter; 0 of ABSOLUTE. All within the source's heartbeat. `previous` is
/// that of the first of all rows.
void fill_cells(const file_definition& definition, const previous_row& previous,
                row_buffer& rows, size_t first, size_t n);

} // namespace rrdflow

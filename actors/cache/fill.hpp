#pragma once

#include "actors/cache/row_buffer.hpp"
#include "config/file_definition.hpp"
#include "messages/sample.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rrdflow {

/// The newest reading of a source in the rows before those at hand.
struct previous_reading {
  /// Milliseconds, of a GAUGE its slot's end; 0: there was none.
  int64_t time = 0;

  /// Known, unless the reading was no number or said so, or stands in a file
  /// that was taken over.
  cell value;
};

/// The row before those at hand: decides about the gap in front of the next.
struct previous_row {
  /// Seconds, the end of its slot; 0: there was none.
  int64_t end = 0;

  /// One for each source.
  std::vector<previous_reading> sources;
};

// In front of a row of a GAUGE that follows a gap, one step earlier, stands an
// extra row where `fill` of a source or its heartbeat asks for one:
//
// - The slot of a GAUGE's reading always has its value: behind a gap of more
//   than the heartbeat there is an unknown row, since RRD would take all of the
//   gap, that slot included, for unknown.
// - `hold` puts the value before into the extra row, `none` an unknown one.

/// Makes `row`, of a file of one source, the previous row of what follows.
void advance(const file_definition& definition, previous_row& previous,
             row_view row);

/// Turns the rows of a file, in order, into those that are written: those of a
/// file of one source with the extra rows in front, those of several sources as
/// `complete_rows` left them.
class row_emitter {
public:
  /// @param previous in front of the first row; advances with every row of a
  ///        file of one source.
  row_emitter(const file_definition& definition, previous_row& previous)
    : definition_{definition}, previous_{previous} {
    // nop
  }

  /// Appends `row`, and what stands in the gap before it, to `out`.
  void emit(row_view row, row_block& out);

  /// Appends a row at the slot's end `end` in which `hold` goes on, if the
  /// reading before lasts until then.
  /// @param heartbeat of a file of one source, in seconds
  void hold(int64_t end, int64_t heartbeat, row_block& out);

private:
  void emit_gauge(row_view row, row_block& out);
  void append(int64_t time_ms, uint32_t heartbeat, row_block& out);

  const file_definition& definition_;
  previous_row& previous_;
};

/// Gives each of the rows [first, first + n) of a file of several sources a
/// value of every source, and puts the extra rows in between: those that a
/// GAUGE asks for, and one at the end of the slot in front of a rate's reading,
/// if another rate is known there that the row would mix with the reading's.
/// (The row before may be of that slot, too, at its own time.)
///
/// A GAUGE without a reading has what its `fill` says: with `heartbeat` the
/// next reading if that waits in `rows`. A rate has what it had at the row's
/// time: a counter's raw value between the readings around it, an ABSOLUTE its
/// share of what they count; unknown if they are further apart than its
/// heartbeat.
///
/// @param previous What is in front of row `first`; moves behind the last one.
/// @returns how many rows were inserted
size_t
complete_rows(const file_definition& definition, previous_row& previous,
              row_buffer& rows, const row_shape& shape, size_t first, size_t n);

/// When `complete_rows` can give a row at `time` (milliseconds) all that it
/// ever will: each rate's next reading is there, or its heartbeat is over.
/// @param newest the time of each source's newest reading, in milliseconds; 0:
///        there is none
/// @returns the second at which the last such heartbeat is over; 0: at once
int64_t awaited_until(const file_definition& definition,
                      const std::vector<int64_t>& newest, int64_t time);

} // namespace rrdflow

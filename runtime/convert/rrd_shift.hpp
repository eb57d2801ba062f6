#pragma once

#include "actors/base/calendar.hpp"
#include "actors/writer/rrd_header.hpp"

#include <cstdint>
#include <string>

namespace rrdflow {

/// An RRD file at the right times.
struct shifted_rrd {
  std::string bytes;

  /// Seconds.
  int64_t last_update = 0;

  /// Rows, of all archives, whose time in the file is not exactly theirs.
  uint64_t inexact = 0;
};

/// Moves the rows of a file that was written in local time as if that were UTC.
///
/// Where the zone's offset is a multiple of an archive's row, each row moves to
/// its slot. Where it is not (rows of 12 h, with an offset of 1 h), librrd
/// knows no slot that is right: the row is made anew from a finer archive as
/// far back as that reaches, and before that put into the slot that it overlaps
/// most. The hour that a clock shows twice is taken for the first one, the
/// second stays unknown; what the file has in an hour that the clock leaves out
/// is dropped.
///
/// @param bytes the whole file
/// @pre `header` is that of the file, and sound
shifted_rrd
shift_rrd(std::string bytes, const rrd_header& header, const time_zone& clock);

} // namespace rrdflow

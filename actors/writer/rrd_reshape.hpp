#pragma once

#include "actors/writer/rrd_header.hpp"
#include "config/file_definition.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rrdflow {

/// An RRD file in memory.
struct rrd_content {
  rrd_header header;

  /// All rows, as they follow the header.
  std::string values;
};

/// What an RRD file is with another step, other archives and other sources, its
/// last update the same. Touches no file.
///
/// Sources are matched by name. Those that the old file lacks, or has as a
/// GAUGE where a rate is wanted or the other way round, are unknown; those that
/// are not wanted are dropped. One of the same type goes on where it was: its
/// last reading is kept, and the share of the step that is open. Limits that
/// are not asked for are kept, and a heartbeat that is learned.
///
/// A new row of a function is made of the old rows of this function, and of
/// rows of one step, which are the same for all functions. Of several that
/// cover a time the finest count. An old row with the very same interval is
/// taken as it stands; else the rows are consolidated as librrd does it, each
/// by the time that it has in the new row, unknown if more than `xff` of that
/// is. A row that is longer than the new one is repeated. Thus the
/// rows that an archive has, another with the same rows gets unchanged, and an
/// archive that is consolidated of the steps gets what it would have had.
///
/// Limitations: an average of rows does not know how much of each was unknown.
///
/// @param values the rows of the old file, `header` what it begins with
/// @param seed see `make_header`
rrd_content reshape_rrd(const rrd_header& header, std::string_view values,
                        const file_definition& wanted, uint64_t seed);

} // namespace rrdflow

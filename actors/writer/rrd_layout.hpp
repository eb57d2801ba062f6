#pragma once

#include <cstddef>
#include <cstdint>

/// Where things are in an RRD file, as 64-bit little-endian machines write it:
///
///   file    := static source* archive* live pending* consolidated* pointer*
///   row* live    := last_update:i64 [microseconds:i64, not in version 0001]
///   pending      one for each source
///   consolidated one for each archive and source, by archive
///   pointer      one for each archive: the row that was written last
///   row     := double, one for each source; the rows of the first archive
///   first
///
/// From `live` to the last `pointer` is the live part: all that an update
/// changes, besides rows.
namespace rrdflow::rrd_layout {

constexpr size_t static_size = 128;
constexpr size_t cookie_at = 0;  // char[4]: "RRD"
constexpr size_t version_at = 4; // char[5]: "0003"
constexpr size_t float_cookie_at = 16;
constexpr size_t source_count_at = 24;
constexpr size_t archive_count_at = 32;
constexpr size_t step_at = 40;

constexpr double float_cookie = 8.642135E130;

constexpr size_t source_size = 120;
constexpr size_t source_name_at = 0;      // char[20]
constexpr size_t source_type_at = 20;     // char[20]
constexpr size_t source_tunables_at = 40; // heartbeat:u64 min:f64 max:f64
constexpr size_t tunables_size = 24;
constexpr size_t text_size = 20;

constexpr size_t archive_size = 120;
constexpr size_t archive_function_at = 0; // char[20]
constexpr size_t archive_rows_at = 24;
constexpr size_t archive_steps_at = 32;
constexpr size_t archive_xff_at = 40;

constexpr size_t live_size = 16;
constexpr size_t live_size_0001 = 8;

constexpr size_t pending_size = 112;
constexpr size_t last_text_size = 30;     // char[30], at the start of `pending`
constexpr size_t unknown_seconds_at = 32; // u64, of the open step
constexpr size_t pending_value_at = 40;   // f64, rate times seconds

constexpr size_t consolidated_size = 80; // value:f64 of the open row, ...
constexpr size_t unknown_points_at = 8;  // u64, of the open row
constexpr size_t primary_at = 64;        // f64, the row written last or the
constexpr size_t secondary_at = 72;      // first of several; f64, the others
constexpr size_t pointer_size = 8;

} // namespace rrdflow::rrd_layout

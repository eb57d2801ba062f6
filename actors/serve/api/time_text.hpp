#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rrdflow {

/// Reads a point in time, in seconds since the epoch: "1700000000", ISO 8601
/// ("2026-11-22", "2026-11-22T10:00Z", "2026-11-22T10:00:00+01:00"; UTC without
/// a zone), "now", or a distance from `now` ("-90s", "-1h30m", "-2d", "-1w",
/// "-1y", "-3600"). Fractions are cut off.
/// @returns nothing if it is none of these or not in the years 1970 to 9999.
std::optional<int64_t> parse_time(std::string_view x, int64_t now);

/// Appends "2026-11-22T10:00:00Z".
/// @pre `seconds` lies in the years 0 to 9999.
void append_iso(std::string& out, int64_t seconds);

/// The same with the fraction of a second to the millisecond, left out if 0.
std::string iso_time(int64_t nanoseconds);

} // namespace rrdflow

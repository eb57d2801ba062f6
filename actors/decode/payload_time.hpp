#pragma once

#include "actors/base/calendar.hpp"
#include "actors/decode/formats/scalar.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace rrdflow {

/// Reads a time, in nanoseconds since the epoch: seconds, milli-, micro- or
/// nanoseconds (told apart by the magnitude) as a number or in a text, or ISO
/// 8601 with a zone; without one only if there is a `zone`. Times outside of
/// what 64 bits hold become the nearest that they do, numbers that no double
/// holds the last one.
/// @returns nothing if it is no time.
std::optional<int64_t>
parse_time(const scalar& x, const time_zone& zone) noexcept;

/// Whether a path may have a rank; says no to most that have none.
constexpr bool may_have_time(std::string_view path) noexcept {
  constexpr auto sizes = uint32_t{1} << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5
                         | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 26;
  if (path.size() >= 32 || (sizes >> path.size() & 1) == 0)
    return false;
  switch (path[0]) {
    case 'E':
    case 'u':
    case 'p':
    case 't':
    case 'd':
    case 'l':
    case 'T':
    case 'r':
    case 'c':
      return true;
    default:
      return false;
  }
}

/// Where `auto` looks for a time: the paths in order of preference.
/// @returns the rank of the path, from 0, or -1.
int time_rank(std::string_view path) noexcept;

constexpr int time_ranks = 15;

/// Whether the field of that rank may as well be something else (`t` is often a
/// temperature): numbers before 2001-09-09 are then no times.
bool is_ambiguous_time(int rank, const scalar& x) noexcept;

} // namespace rrdflow

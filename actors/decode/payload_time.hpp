#pragma once

#include "actors/base/calendar.hpp"
#include "actors/decode/formats/scalar.hpp"

#include <tsl/robin_map.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace rrdflow {

/// Reads a time, in nanoseconds since the epoch: seconds, milli-, micro- or
/// nanoseconds (told apart by the magnitude) as a number or in a text, or ISO
/// 8601 with a zone; without one only if there is a `zone`. Times outside of
/// what 64 bits hold become the nearest that they do, numbers that no double
/// holds the last one.
/// @param near of the two times in an hour that the clock shows twice, the
///             nearer one counts
/// @returns nothing if it is no time.
std::optional<int64_t>
parse_time(const scalar& x, const time_zone& zone, int64_t near);

/// Whether a field holds a number, as it stands or in a text.
bool is_numeric(const scalar& x) noexcept;

/// Whether a path may have a priority; says no to most that have none.
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
/// @returns the place of the path, from 0, or `no_role`.
int16_t time_field_priority(std::string_view path) noexcept;

constexpr int16_t time_field_priorities = 15;

/// Of a field that is nothing but a value.
constexpr int16_t no_role = -1;

/// Of a field that says whose values stand beside it: its last level is `id`,
/// `model` and so on.
constexpr int16_t identity_role = -2;

/// What a field may be by its path: its `time_field_priority`, or one of the
/// above.
int16_t field_role(std::string_view path) noexcept;

/// Whether the field of that priority may as well be something else (`t` is
/// often a temperature): numbers before 2001-09-09 are then no times.
bool is_ambiguous_time(int16_t priority, const scalar& x) noexcept;

/// The time of the newest reading of each series, for retained messages that
/// are taken if newer. Series are known by a hash of their name.
class last_times {
public:
  static constexpr uint32_t none = 0xffffffff;
  static constexpr int64_t never = std::numeric_limits<int64_t>::min();

  static uint64_t key(std::string_view series) noexcept;

  /// The index of a series, or `none`.
  uint32_t find(uint64_t key) const;

  /// The index of a series, a new one if needed.
  uint32_t add(uint64_t key);

  /// Nanoseconds since the epoch.
  int64_t at(uint32_t index) const noexcept {
    return times_[index].second;
  }

  void note(uint32_t index, int64_t time) noexcept {
    auto& x = times_[index].second;
    if (time > x)
      x = time;
  }

  const std::vector<std::pair<uint64_t, int64_t>>& all() const noexcept {
    return times_;
  }

private:
  std::vector<std::pair<uint64_t, int64_t>> times_;
  tsl::robin_map<uint64_t, uint32_t> indexes_;
};

} // namespace rrdflow

#pragma once

#include "config/file_definition.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace rrdflow {

/// A span of time in one byte: in eighths of a second up to 2 s, then in steps
/// of an eighth or less of itself, up to 31 years.
class coded_interval {
public:
  constexpr coded_interval() noexcept = default;

  constexpr explicit coded_interval(uint8_t code) noexcept : code_{code} {
    // nop
  }

  /// The shortest of at least `nanoseconds`, which are not negative.
  static coded_interval at_least(int64_t nanoseconds) noexcept {
    constexpr int64_t unit = 125'000'000;
    return of_eighths((nanoseconds + unit - 1) / unit);
  }

  /// The shortest of at least `n` eighths of a second.
  static constexpr coded_interval of_eighths(int64_t n) noexcept {
    n = std::min(n, most);
    if (n < 16)
      return coded_interval{static_cast<uint8_t>(n)};
    // Four bits of the number, and how far they are shifted.
    auto shift = 60 - __builtin_clzll(static_cast<uint64_t>(n));
    auto mantissa = (n + (int64_t{1} << shift) - 1) >> shift;
    return coded_interval{static_cast<uint8_t>((shift << 3) + mantissa)};
  }

  constexpr uint8_t code() const noexcept {
    return code_;
  }

  /// Eighths of a second.
  constexpr int64_t eighths() const noexcept {
    auto shift = code_ < 16 ? 0 : (code_ >> 3) - 1;
    return (code_ - (int64_t{shift} << 3)) << shift;
  }

private:
  static constexpr int64_t most = int64_t{15} << 29;

  uint8_t code_ = 0;
};

/// The interval that a series keeps to: an upper quantile of the pauses between
/// its readings, in three bytes.
///
/// Operation: of the first pauses it is the longest, until eight of them were
/// about as long as that, or 128 were seen: sensors that send on change take
/// longer to know. Then a longer pause raises it by half the difference, at
/// most to the double, and a shorter one lowers it by a 128th of that: it comes
/// to rest where one pause in about 130 is longer. Thus sensors that send on
/// change have a long one, and an outage makes little difference. All by the
/// stream alone.
class reading_interval {
public:
  reading_interval() noexcept = default;

  reading_interval(uint16_t usual, uint8_t pauses) noexcept : pauses_{pauses} {
    set(usual);
  }

  /// @param pause nanoseconds between two readings, more than 0
  void note(int64_t pause) noexcept {
    int32_t seen = coded_interval::at_least(pause).code() * code_unit;
    int32_t now = raw();
    if (!is_known()) {
      auto alike = seen <= now && seen >= now - twice;
      pauses_ = static_cast<uint8_t>(pauses_ + (alike ? enough / 8 : 1));
      now = std::max(now, seen);
    } else if (seen > now) {
      now += std::min((seen - now + 1) / 2, twice);
    } else {
      now -= std::min(now - seen, twice / 128);
    }
    set(static_cast<uint32_t>(now));
  }

  /// Seconds, rounded up; 0: none was seen.
  int64_t usual() const noexcept;

  /// What a gap in front of the next reading may last: two and a half times the
  /// usual interval; an hour or more until that is known.
  uint8_t heartbeat() const noexcept {
    auto usual = rounded_up().code();
    return is_known() || usual > hourly ? longer[usual] : one_hour;
  }

  /// The heartbeat of just an hour, which is no interval's code.
  static constexpr uint8_t one_hour = 255;

  bool is_known() const noexcept {
    return pauses_ >= enough;
  }

  /// For snapshots: the usual interval's code in units of 1/256, and what the
  /// pauses so far count.
  uint16_t raw() const noexcept {
    return static_cast<uint16_t>(usual_[0] << 8 | usual_[1]);
  }

  uint8_t pauses() const noexcept {
    return pauses_;
  }

private:
  static constexpr uint8_t enough = 128;

  /// Fractions of a code, and of the eight codes that are a factor of two.
  static constexpr int32_t code_unit = 256;
  static constexpr int32_t twice = 8 * code_unit;

  /// The longest interval of which two and a half are at most an hour.
  static constexpr uint8_t hourly
    = coded_interval::of_eighths(24 * 60 * 8 + 1).code() - 1;

  /// By an interval's code, that of two and a half times as long.
  static constexpr std::array<uint8_t, 256> longer = [] {
    std::array<uint8_t, 256> result{};
    for (size_t i = 0; i < 256; ++i)
      result[i]
        = coded_interval::of_eighths(
            (coded_interval{static_cast<uint8_t>(i)}.eighths() * 5 + 1) / 2)
            .code();
    return result;
  }();

  coded_interval rounded_up() const noexcept {
    return coded_interval{
      static_cast<uint8_t>((raw() + code_unit - 1) / code_unit)};
  }

  void set(uint32_t usual) noexcept {
    usual_[0] = static_cast<uint8_t>(usual >> 8);
    usual_[1] = static_cast<uint8_t>(usual);
  }

  /// See `raw`; in bytes, since a file's line of the cache has just three left.
  uint8_t usual_[2] = {0, 0};
  uint8_t pauses_ = 0;
};

static_assert(sizeof(reading_interval) == 3);

/// The heartbeat, in seconds, of a row that has a `reading_interval::heartbeat`
/// as its code: at least two steps, at most `source.heartbeat_max`.
int64_t heartbeat_of(uint8_t code, const source_definition& source,
                     int64_t step) noexcept;

} // namespace rrdflow

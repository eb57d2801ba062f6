#pragma once

#include <cstdint>

namespace rrdflow {

/// Time is cut into slots of one step, aligned to multiples of the step since
/// the epoch. Slot `n` covers ((n - 1) * step, n * step]; its row carries the
/// end as its time. Times of readings are nanoseconds, all others seconds.

constexpr int64_t second_ns = 1'000'000'000;

/// A slot, and a place in it.
struct slot_place {
  int64_t slot;

  /// A number that grows with time: in units of 2^-32 of the step or of a
  /// nanosecond, whichever is coarser, rounded up to whole nanoseconds.
  uint32_t fraction;
};

/// Where `time` (ns) lies. Right for negative times, too.
constexpr slot_place place_of(int64_t time, int64_t step) noexcept {
  auto unit = step * second_ns;
  // C++ rounds towards zero: up, if `time` is negative.
  auto slot = time / unit;
  auto rest = time % unit;
  auto offset = (rest > 0 ? rest : rest + unit) - 1; // [0, unit)
  return {rest > 0 ? slot + 1 : slot,
          static_cast<uint32_t>(offset / ((unit >> 32) + 1))};
}

} // namespace rrdflow

#pragma once

#include <cstdint>

namespace rrdflow {

/// Time is cut into slots of one step, aligned to multiples of the step since
/// the epoch. Slot `n` covers ((n - 1) * step, n * step]; its row carries the
/// end as its time. Times of readings are nanoseconds, all others seconds.

constexpr int64_t second_ns = 1'000'000'000;

/// The number of the slot that `time` (ns) lies in. Right for negative times,
/// too.
constexpr int64_t slot_of(int64_t time, int64_t step) noexcept {
  auto unit = step * second_ns;
  // C++ rounds towards zero: up, if `time` is negative.
  auto result = time / unit;
  return time % unit > 0 ? result + 1 : result;
}

/// Where in its slot `time` (ns) lies, as a number that grows with time: in
/// units of 2^-32 of the step or of a nanosecond, whichever is coarser, rounded
/// up to whole nanoseconds.
constexpr uint32_t slot_fraction(int64_t time, int64_t step) noexcept {
  auto unit = step * second_ns;
  auto offset = time - (slot_of(time, step) - 1) * unit - 1; // [0, unit)
  return static_cast<uint32_t>(offset / ((unit >> 32) + 1));
}

} // namespace rrdflow

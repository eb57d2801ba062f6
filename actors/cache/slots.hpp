#pragma once

#include "actors/cache/row_buffer.hpp"
#include "config/file_definition.hpp"

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

// -- what a slot keeps of its readings ---------------------------------------

/// What the slot of `source` keeps: integers only know `last`.
constexpr slot_sample sample_of(const source_definition& source) noexcept {
  return is_integer(source.type) ? slot_sample::last : source.sample;
}

/// Takes the first reading of source `i` into its slot's row. `fraction` says
/// where in the slot the reading lies (see `slot_place`). A row's `aux` is,
/// for `last`, the fraction of the reading it has; for `mean`, whose value is a
/// sum, the number of readings.
void begin(row_view row, size_t i, slot_sample kind, value_bits x,
           uint32_t fraction) noexcept;

/// Takes one more.
void merge(row_view row, size_t i, slot_sample kind, value_bits x,
           uint32_t fraction) noexcept;

/// What the slot's row has for source `i`; unknown without a reading, or if the
/// value is a double that is not finite.
cell cell_of(row_view row, size_t i, const source_definition& source) noexcept;

/// Adapts the reading in `row` to a source whose sample changed.
void convert(row_view row, size_t i, slot_sample from, slot_sample to) noexcept;

} // namespace rrdflow

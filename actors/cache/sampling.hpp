#pragma once

#include "actors/cache/row_buffer.hpp"
#include "config/file_definition.hpp"

namespace rrdflow {

/// What the slot of `source` keeps: integers only know `last`.
constexpr slot_sample sample_of(const source_definition& source) noexcept {
  return is_integer(source.type) ? slot_sample::last : source.sample;
}

/// Takes the first reading of source `i` into its slot's row. `fraction` says
/// where in the slot the reading lies (see `slot_fraction`). A row's `aux` is,
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

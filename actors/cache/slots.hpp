#pragma once

#include "actors/cache/row_buffer.hpp"
#include "config/file_definition.hpp"

#include <algorithm>
#include <cstdint>

namespace rrdflow {

/// Time is cut into slots of one step, aligned to multiples of the step since
/// the epoch. Slot `n` covers ((n - 1) * step, n * step]. Times of readings are
/// nanoseconds, those of rows milliseconds, all others seconds.

constexpr int64_t second_ns = 1'000'000'000;

/// A slot, and a place in it.
struct slot_place {
  int64_t slot;

  /// Nanoseconds behind the first one of the slot: in [0, step).
  int64_t offset;
};

/// Where `time` (ns) lies. Right for negative times, too.
constexpr slot_place place_of(int64_t time, int64_t step) noexcept {
  auto unit = step * second_ns;
  // C++ rounds towards zero: up, if `time` is negative.
  auto slot = time / unit;
  auto rest = time % unit;
  return {rest > 0 ? slot + 1 : slot, (rest > 0 ? rest : rest + unit) - 1};
}

// -- what a slot keeps of its readings ---------------------------------------

/// What the slot of `source` keeps: integers only know `last`.
constexpr slot_sample sample_of(const source_definition& source) noexcept {
  return is_integer(source.type) ? slot_sample::last : source.sample;
}

/// How a source's readings go into the rows of its file.
struct slot_source {
  slot_sample kind;

  /// Of 64-bit integers.
  bool integer;

  /// A rate: its rows keep the time of their newest reading, in milliseconds.
  bool rate;

  int64_t step;
};

inline slot_source
slot_source_of(const file_definition& file, size_t source) noexcept {
  auto& x = file.sources[source];
  return {sample_of(x), is_integer(x.type), is_rate(x.type), file.step};
}

/// The part of a row's `aux` that is used here:
///
/// - of `mean`, whose value is a sum, the number of readings;
/// - of all others where in the slot the newest reading lies, in 2^-23 of the
///   step or coarser (of rates in milliseconds, unless the slot has more than
///   2^23 of them), and the bit above that says that an integer is unknown.
constexpr uint32_t aux_bits = 24;
constexpr uint32_t place_bits = 23;
constexpr uint32_t unknown_bit = 1u << place_bits;

/// How many milliseconds of a rate are one place.
constexpr int64_t milliseconds_a_place(int64_t step) noexcept {
  return ((step * 1000 - 1) >> place_bits) + 1;
}

/// The place, as `aux` has it, of a reading at `offset`; of a rate the nearest
/// millisecond.
inline uint32_t
place_in_slot(const slot_source& source, int64_t offset) noexcept {
  if (!source.rate)
    return static_cast<uint32_t>(
      offset / ((source.step * second_ns >> place_bits) + 1));
  auto millisecond = std::max<int64_t>((offset + 500'001) / 1'000'000, 1);
  return static_cast<uint32_t>((millisecond - 1)
                               / milliseconds_a_place(source.step));
}

/// The place of the newest reading.
inline uint32_t newest_place(row_view row, size_t i) noexcept {
  return row.aux(i) & (unknown_bit - 1);
}

/// Takes the first reading of source `i` into its slot's row.
inline void begin(row_view row, size_t i, const slot_source& source,
                  value_bits x, int64_t offset) noexcept {
  row.set_reading(i);
  row.value(i, source.kind == slot_sample::count ? value_bits::of(1.0) : x);
  row.aux(i,
          source.kind == slot_sample::mean ? 1 : place_in_slot(source, offset));
}

/// What `merge` does, of all samples but `last`.
void add(row_view row, size_t i, const slot_source& source, value_bits x,
         int64_t offset) noexcept;

/// Takes one more.
inline void merge(row_view row, size_t i, const slot_source& source,
                  value_bits x, int64_t offset) noexcept {
  if (source.kind != slot_sample::last)
    return add(row, i, source, x, offset);
  if (auto at = place_in_slot(source, offset); at >= newest_place(row, i)) {
    row.value(i, x);
    row.aux(i, at);
  }
}

/// Takes the word that nothing is known from here on, the first of the slot.
void begin_unknown(row_view row, size_t i, const slot_source& source,
                   int64_t offset) noexcept;

/// The same behind readings.
/// @returns false if the slot keeps these: then it concerns the next one
bool merge_unknown(row_view row, size_t i, const slot_source& source,
                   int64_t offset) noexcept;

/// Has the row, which keeps its time, nothing for source `i`.
void make_unknown(row_view row, size_t i, bool integer) noexcept;

/// What the slot's row has for source `i`; unknown without a reading, or if the
/// value is a double that is not finite.
cell cell_of(row_view row, size_t i, const source_definition& source) noexcept;

/// When the newest reading of source `i`, a rate, was, in milliseconds since
/// the epoch. Of a `mean` the slot's end.
/// @pre the row has a reading of it
int64_t
reading_time(row_view row, size_t i, const file_definition& file) noexcept;

/// The time of a row in milliseconds since the epoch: the slot's end, or, in a
/// file of nothing but rates, of their newest reading.
int64_t row_time(row_view row, const file_definition& file) noexcept;

/// Adapts a row of a snapshot of the first version, where `aux` had 32 bits: of
/// `mean` the count, of `last` the place in the slot, in units of 2^-32 of the
/// step or of a nanosecond.
void upgrade(row_view row, size_t i, const slot_source& source) noexcept;

/// Adapts the reading in `row` to a source whose sample changed.
void convert(row_view row, size_t i, slot_sample from, slot_sample to) noexcept;

} // namespace rrdflow

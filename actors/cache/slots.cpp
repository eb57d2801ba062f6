#include "actors/cache/slots.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace rrdflow {

namespace {

constexpr uint32_t max_count = (1u << aux_bits) - 1;

const auto nothing = value_bits::of(std::numeric_limits<double>::quiet_NaN());

} // namespace

void add(row_view row, size_t i, const slot_source& source, value_bits x,
         int64_t offset) noexcept {
  auto now = row.value(i).as_double();
  if (std::isnan(now))
    return begin(row, i, source, x, offset);
  auto y = x.as_double();
  switch (source.kind) {
    case slot_sample::mean:
      row.aux(i, std::min(row.aux(i) + 1, max_count));
      now += y;
      break;
    case slot_sample::min:
      now = std::min(now, y);
      break;
    case slot_sample::max:
      now = std::max(now, y);
      break;
    case slot_sample::sum:
      now += y;
      break;
    default:
      now += 1;
  }
  row.value(i, value_bits::of(now));
  if (source.kind != slot_sample::mean)
    row.aux(i, std::max(newest_place(row, i), place_in_slot(source, offset)));
}

void begin_unknown(row_view row, size_t i, const slot_source& source,
                   int64_t offset) noexcept {
  begin(row, i, source, nothing, offset);
  make_unknown(row, i, source.integer);
}

bool merge_unknown(row_view row, size_t i, const slot_source& source,
                   int64_t offset) noexcept {
  if (source.kind != slot_sample::last)
    return std::isnan(row.value(i).as_double());
  if (place_in_slot(source, offset) >= newest_place(row, i))
    begin_unknown(row, i, source, offset);
  return true;
}

void make_unknown(row_view row, size_t i, bool integer) noexcept {
  row.value(i, nothing);
  if (integer)
    row.aux(i, row.aux(i) | unknown_bit);
}

cell cell_of(row_view row, size_t i, const source_definition& source) noexcept {
  if (row.is_filled(i))
    return {row.value(i), true};
  if (!row.has_reading(i))
    return {};
  auto x = row.value(i);
  if (is_integer(source.type))
    return {x, (row.aux(i) & unknown_bit) == 0};
  auto y = x.as_double();
  if (sample_of(source) == slot_sample::mean)
    y /= std::max(row.aux(i), 1u);
  if (!std::isfinite(y))
    return {};
  return {value_bits::of(y), true};
}

int64_t
reading_time(row_view row, size_t i, const file_definition& file) noexcept {
  auto end = row.slot() * file.step * 1000;
  if (sample_of(file.sources[i]) == slot_sample::mean)
    return end;
  auto begin = end - file.step * 1000;
  return std::min(
    end, begin + (newest_place(row, i) + 1) * milliseconds_a_place(file.step));
}

int64_t row_time(row_view row, const file_definition& file) noexcept {
  int64_t newest = 0;
  for (size_t i = 0; i < file.sources.size(); ++i) {
    if (!is_rate(file.sources[i].type)) {
      newest = 0;
      break;
    }
    if (row.has_reading(i))
      newest = std::max(newest, reading_time(row, i, file));
  }
  return newest != 0 ? newest : row.slot() * file.step * 1000;
}

void upgrade(row_view row, size_t i, const slot_source& source) noexcept {
  auto before = row.whole_aux(i);
  row.heartbeat(0);
  if (source.kind == slot_sample::mean)
    return row.aux(i, std::min(before, max_count));
  auto unit = (source.step * second_ns >> 32) + 1;
  auto offset = source.kind == slot_sample::last
                  ? std::min(before * unit, source.step * second_ns - 1)
                  : source.step * second_ns - 1;
  row.aux(i, place_in_slot(source, offset));
}

void convert(row_view row, size_t i, slot_sample from,
             slot_sample to) noexcept {
  if (!row.has_reading(i) || from == to)
    return;
  if (from == slot_sample::mean)
    row.value(
      i, value_bits::of(row.value(i).as_double() / std::max(row.aux(i), 1u)));
  if (to == slot_sample::mean)
    row.aux(i, 1);
  else if (to == slot_sample::last || from == slot_sample::mean)
    row.aux(i, 0);
}

} // namespace rrdflow

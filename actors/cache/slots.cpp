#include "actors/cache/slots.hpp"

#include <algorithm>
#include <cmath>

namespace rrdflow {

void begin(row_view row, size_t i, slot_sample kind, value_bits x,
           uint32_t fraction) noexcept {
  row.set_reading(i);
  row.value(i, kind == slot_sample::count ? value_bits::of(1.0) : x);
  row.aux(i, kind == slot_sample::last ? fraction : 1);
}

void merge(row_view row, size_t i, slot_sample kind, value_bits x,
           uint32_t fraction) noexcept {
  auto now = row.value(i).as_double();
  auto y = x.as_double();
  switch (kind) {
    case slot_sample::last:
      if (fraction >= row.aux(i)) {
        row.value(i, x);
        row.aux(i, fraction);
      }
      break;
    case slot_sample::mean:
      row.value(i, value_bits::of(now + y));
      row.aux(i, row.aux(i) + 1);
      break;
    case slot_sample::min:
      row.value(i, value_bits::of(std::min(now, y)));
      break;
    case slot_sample::max:
      row.value(i, value_bits::of(std::max(now, y)));
      break;
    case slot_sample::sum:
      row.value(i, value_bits::of(now + y));
      break;
    case slot_sample::count:
      row.value(i, value_bits::of(now + 1));
      break;
  }
}

cell cell_of(row_view row, size_t i, const source_definition& source) noexcept {
  if (!row.has_reading(i) && !row.is_filled(i))
    return {};
  auto x = row.value(i);
  if (is_integer(source.type))
    return {x, true};
  auto y = x.as_double();
  if (sample_of(source) == slot_sample::mean && row.has_reading(i))
    y /= std::max(row.aux(i), 1u);
  if (!std::isfinite(y))
    return {};
  return {value_bits::of(y), true};
}

void convert(row_view row, size_t i, slot_sample from,
             slot_sample to) noexcept {
  if (!row.has_reading(i) || from == to)
    return;
  if (from == slot_sample::mean)
    row.value(
      i, value_bits::of(row.value(i).as_double() / std::max(row.aux(i), 1u)));
  row.aux(i, to == slot_sample::last ? 0 : 1);
}

} // namespace rrdflow

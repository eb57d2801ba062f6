#include "runtime/convert/archive_rows.hpp"

#include <algorithm>
#include <cmath>

namespace rrdflow {

void consolidating::add(double x) {
  if (std::isnan(x)) {
    ++unknown;
    return;
  }
  ++known;
  if (std::isnan(value) || function == consolidation::last)
    value = x;
  else if (function == consolidation::average)
    value += x;
  else if (function == consolidation::min)
    value = std::min(value, x);
  else
    value = std::max(value, x);
}

double consolidating::result(double most_unknown) const {
  if (known == 0 || static_cast<double>(unknown) > most_unknown)
    return std::numeric_limits<double>::quiet_NaN();
  return function == consolidation::average ? value / static_cast<double>(known)
                                            : value;
}

std::optional<size_t> archive_rows::age_of(int64_t end) const noexcept {
  auto age = (end_ - end) / length_;
  if (end > end_ || age >= definition_.rows
      || end_of(static_cast<size_t>(age)) != end)
    return std::nullopt;
  return static_cast<size_t>(age);
}

void archive_rows::put(size_t age, const archive_rows& from, size_t from_age,
                       bool exact) {
  auto& so_far = origins_[age];
  if (so_far == origin::exact && !exact)
    return;
  auto alone = exact || so_far != origin::nearest;
  for (size_t i = 0; i < sources_; ++i) {
    // Two rows meet where the offset of the clock changed.
    consolidating both{definition_.function};
    both.add(from.at(from_age, i));
    both.add(at(age, i));
    at(age, i) = alone ? from.at(from_age, i) : both.result(1);
  }
  so_far = exact ? origin::exact : origin::nearest;
}

bool archive_rows::make(size_t age, const archive_rows& finer) {
  if (finer.length() >= length_ || length_ % finer.length() != 0
      || finer.definition().function != definition_.function)
    return false;
  auto newest = finer.age_of(end_of(age));
  auto oldest = finer.age_of(end_of(age) - length_ + finer.length());
  if (!newest || !oldest)
    return false;
  auto empty = true;
  for (auto i = *newest; i <= *oldest; ++i) {
    if (finer.origin_of(i) == origin::nearest)
      return false;
    empty = empty && finer.origin_of(i) == origin::none;
  }
  if (empty)
    return false;
  auto parts = static_cast<double>(length_ / finer.length());
  for (size_t i = 0; i < sources_; ++i) {
    consolidating all{definition_.function};
    for (auto j = *oldest + 1; j > *newest; --j)
      all.add(finer.at(j - 1, i));
    at(age, i) = all.result(parts * definition_.xff);
  }
  origins_[age] = origin::made;
  return true;
}

} // namespace rrdflow

// The archives' half of an update: from points to rows.

#include "actors/writer/row_update.hpp"
#include "actors/writer/rrd_layout.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace rrdflow {

using namespace rrd_layout;

namespace {

constexpr auto infinite = std::numeric_limits<double>::infinity();

double as_double(uint64_t x) {
  return static_cast<double>(x);
}

} // namespace

/// Gives each archive the points of `steps` steps, all alike; `done` of them
/// had been closed since the epoch.
void row_update::consolidate(uint64_t steps, uint64_t done) {
  for (auto& to : archives_) {
    auto offset = to.steps - done % to.steps;
    uint64_t rows = 0;
    if (offset <= steps)
      rows = std::min((steps - offset) / to.steps + 1, to.rows);
    auto at = to.prepared;
    for (const auto& x : sources_) {
      if (to.steps > 1 && rows == 0) {
        carry(to, at, x.point, steps);
      } else if (to.steps > 1) {
        finish(to, at, x.point, steps, offset);
      } else {
        store(at + primary_at, x.point);
        if (steps > 1)
          store(at + secondary_at, x.point);
      }
      at += consolidated_size;
    }
    if (rows > 0)
      emit(to, rows);
  }
}

/// The row that is being prepared goes on.
void row_update::carry(const archive& to, size_t at, double point,
                       uint64_t steps) {
  if (std::isnan(point))
    return store(at + unknown_points_at,
                 load<uint64_t>(at + unknown_points_at) + steps);
  auto value = load<double>(at);
  switch (to.function) {
    case consolidation::average:
      point *= as_double(steps);
      if (!std::isnan(value))
        point = value + point;
      break;
    case consolidation::min:
      if (!std::isnan(value) && !(point < value))
        point = value;
      break;
    case consolidation::max:
      if (!std::isnan(value) && !(point > value))
        point = value;
      break;
    default:
      break;
  }
  store(at, point);
}

/// The row that is being prepared ends `offset` points on, another begins.
void row_update::finish(const archive& to, size_t at, double point,
                        uint64_t steps, uint64_t offset) {
  auto value = load<double>(at);
  auto unknown = load<uint64_t>(at + unknown_points_at);
  auto is_known = !std::isnan(point);
  if (!is_known)
    unknown += offset;
  store(at + secondary_at, is_known ? point : unknown_);
  auto primary = unknown_;
  auto begun = (steps - offset) % to.steps;
  auto next = unknown_;
  switch (to.function) {
    case consolidation::average:
      primary = ((std::isnan(value) ? 0.0 : value)
                 + (is_known ? point : 0.0) * as_double(offset))
                / as_double(to.steps - unknown);
      next = begun == 0 || !is_known ? 0.0 : point * as_double(begun);
      break;
    case consolidation::min:
      primary = std::isnan(value) ? infinite : value;
      if (is_known && point < primary)
        primary = point;
      next = begun == 0 || !is_known ? infinite : point;
      break;
    case consolidation::max:
      primary = std::isnan(value) ? -infinite : value;
      if (is_known && point > primary)
        primary = point;
      next = begun == 0 || !is_known ? -infinite : point;
      break;
    default:
      primary = point;
      if (begun != 0 && is_known)
        next = point;
  }
  if (as_double(unknown) > to.tolerance)
    primary = unknown_;
  store(at + primary_at, primary);
  store(at, next);
  store(at + unknown_points_at, is_known ? uint64_t{0} : begun);
}

/// Writes the prepared row, and `count - 1` that fill up behind it.
void row_update::emit(archive& to, uint64_t count) {
  auto row = [&](size_t from) {
    auto at = to.prepared + from;
    for (size_t i = 0; i < sources_.size(); ++i, at += consolidated_size)
      to.values.push_back(load<double>(at));
  };
  row(primary_at);
  for (uint64_t i = 1; i < count; ++i)
    row(secondary_at);
  to.newest = (to.newest + count) % to.rows;
  // What is overwritten again need not be kept.
  auto most = to.rows * sources_.size();
  if (to.values.size() > 2 * most)
    to.values.erase(to.values.begin(),
                    to.values.end() - static_cast<std::ptrdiff_t>(most));
}

} // namespace rrdflow

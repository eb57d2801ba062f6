// A look inside the shard. Changes nothing.

#include "actors/cache/shard_engine.hpp"

#include <algorithm>

namespace rrdflow {

namespace {

row_buffer copy(const row_buffer& rows, const row_shape& shape) {
  row_buffer result;
  rows.for_each(0, [&](row_view row) {
    auto target = result.obtain(row.slot(), shape).first;
    target.take(row);
    return true;
  });
  return result;
}

double as_double(value_bits x, source_type type) noexcept {
  switch (type) {
    case source_type::counter:
      return static_cast<double>(x.bits);
    case source_type::derive:
      return static_cast<double>(static_cast<int64_t>(x.bits));
    default:
      return x.as_double();
  }
}

} // namespace

waiting_rows shard_engine::waiting(file_id id) {
  waiting_rows result;
  auto* x = files_.find(id);
  if (x == nullptr)
    return result;
  result.known = true;
  result.definition = files_.definition(*x);
  auto& past = files_.past(*x);
  auto shape = files_.shape(*x);
  row_buffer filled;
  if (shape.sources > 1 && x->unsealed() > 0) {
    filled = copy(x->rows, shape);
    fill_cells(*result.definition, past, filled, x->sealed, x->unsealed());
  }
  row_emitter emitter{*result.definition, past};
  (filled.empty() ? x->rows : filled).for_each(0, [&](row_view row) {
    emitter.emit(row, result.rows);
    return true;
  });
  return result;
}

std::vector<last_value> shard_engine::last(const std::vector<file_id>& ids) {
  std::vector<last_value> result;
  for (auto id : ids) {
    auto* x = files_.find(id);
    if (x == nullptr) {
      result.push_back({id, 0, 0, 0});
      continue;
    }
    auto* newest = files_.newest(*x);
    auto& sources = files_.definition(*x)->sources;
    for (size_t i = 0; i < sources.size(); ++i)
      result.push_back({id, static_cast<uint16_t>(i), newest[i].time,
                        as_double(newest[i].value, sources[i].type)});
  }
  return result;
}

std::vector<file_id> shard_engine::idle(int64_t since) {
  std::vector<file_id> result;
  for (size_t i = 0; i < files_.places(); ++i)
    if (auto& x = files_.at(i); x.in_use && x.newest_arrival < since)
      result.push_back(x.id);
  std::sort(result.begin(), result.end());
  return result;
}

metrics shard_engine::stats() {
  metrics result;
  books_.report(result);
  auto oldest = told_;
  for (size_t i = 0; i < files_.places(); ++i)
    if (auto& x = files_.at(i); !x.rows.empty())
      oldest = std::min(oldest, end_of(x, x.rows.at(0)));
  auto add = [&](const char* name, double value) {
    result.push_back({name, {}, {}, value});
  };
  add("rows_waiting", static_cast<double>(rows_));
  add("oldest_waiting_row_seconds", static_cast<double>(told_ - oldest));
  add("cache_bytes", static_cast<double>(unsealed_bytes_ + sealed_bytes_));
  return result;
}

} // namespace rrdflow

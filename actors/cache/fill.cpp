#include "actors/cache/fill.hpp"

#include "actors/cache/slots.hpp"

namespace rrdflow {

namespace {

/// Whether the source's heartbeat reaches from its reading before to `end`.
bool alive(const source_definition& source, const previous_reading& previous,
           int64_t end) noexcept {
  return previous.end != 0 && end - previous.end <= source.heartbeat;
}

/// What a source without a reading of its own has at `end`, by the reading
/// before.
cell from_previous(const source_definition& source,
                   const previous_reading& previous, int64_t end) noexcept {
  if (!alive(source, previous, end))
    return {};
  switch (source.type) {
    case source_type::gauge:
      return source.fill == gap_fill::hold ? previous.value : cell{};
    case source_type::absolute:
      return {value_bits::of(0.0), true};
    default:
      return previous.value;
  }
}

bool takes_next(const source_definition& source) noexcept {
  return source.type == source_type::gauge
         && source.fill == gap_fill::heartbeat;
}

int64_t end_of(row_view row, const file_definition& definition) noexcept {
  return row.slot() * definition.step;
}

/// Whether the gap before `row` would read wrong without an extra row that has
/// `extra` for this source.
bool matters(const source_definition& source, cell here, cell extra,
             bool has_reading, int64_t gap) noexcept {
  if (source.type != source_type::gauge)
    return false;
  if (!here.known)
    return extra.known;
  if (gap > source.heartbeat)
    return true;
  switch (source.fill) {
    case gap_fill::none:
      return true;
    case gap_fill::hold:
      return has_reading;
    default:
      return !extra.known;
  }
}

} // namespace

void advance(const file_definition& definition, previous_row& previous,
             row_view row) {
  auto end = end_of(row, definition);
  previous.end = end;
  for (size_t i = 0; i < previous.sources.size(); ++i)
    if (row.has_reading(i))
      previous.sources[i] = {end, cell_of(row, i, definition.sources[i])};
}

void row_emitter::emit(row_view row, row_block& out) {
  auto n = definition_.sources.size();
  auto end = end_of(row, definition_);
  cells_.resize(n);
  for (size_t i = 0; i < n; ++i)
    cells_[i] = cell_of(row, i, definition_.sources[i]);
  auto gap = end - previous_.end;
  if (previous_.end != 0 && gap > definition_.step) {
    auto needed = false;
    extra_.resize(n);
    for (size_t i = 0; i < n; ++i) {
      extra_[i] = extra_cell(row, i, end);
      needed = needed
               || matters(definition_.sources[i], cells_[i], extra_[i],
                          row.has_reading(i), gap);
    }
    if (needed) {
      out.times.push_back(end - definition_.step);
      out.cells.insert(out.cells.end(), extra_.begin(), extra_.end());
    }
  }
  out.times.push_back(end);
  out.cells.insert(out.cells.end(), cells_.begin(), cells_.end());
  advance(definition_, previous_, row);
}

cell row_emitter::extra_cell(row_view row, size_t i, int64_t end) const {
  auto& source = definition_.sources[i];
  auto& previous = previous_.sources[i];
  if (!takes_next(source))
    return from_previous(source, previous, end);
  return row.has_reading(i) && !alive(source, previous, end) ? cell{}
                                                             : cells_[i];
}

void fill_cells(const file_definition& definition, const previous_row& previous,
                row_buffer& rows, size_t first, size_t n) {
  std::vector<row_view> all;
  all.reserve(rows.size());
  rows.for_each(0, [&](row_view row) {
    all.push_back(row);
    return true;
  });
  for (size_t i = 0; i < definition.sources.size(); ++i) {
    auto& source = definition.sources[i];
    auto before = previous.sources[i];
    for (auto k = first; k > 0; --k)
      if (all[k - 1].has_reading(i)) {
        before
          = {end_of(all[k - 1], definition), cell_of(all[k - 1], i, source)};
        break;
      }
    // The first row behind `k` with a reading, once it was looked for.
    size_t next = 0;
    for (auto k = first; k < first + n; ++k) {
      auto end = end_of(all[k], definition);
      if (all[k].has_reading(i)) {
        before = {end, cell_of(all[k], i, source)};
        continue;
      }
      auto found = from_previous(source, before, end);
      if (takes_next(source)) {
        if (next <= k)
          next = k + 1;
        while (next < all.size() && !all[next].has_reading(i))
          ++next;
        if (next < all.size()
            && alive(source, before, end_of(all[next], definition)))
          found = cell_of(all[next], i, source);
      }
      if (found.known)
        all[k].fill(i, found.value);
    }
  }
}

} // namespace rrdflow

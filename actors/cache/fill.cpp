#include "actors/cache/fill.hpp"

#include "actors/cache/intervals.hpp"
#include "actors/cache/slots.hpp"

#include <algorithm>

namespace rrdflow {

namespace {

/// Whether `heartbeat` (seconds) reaches from the reading before to `end`.
bool alive(int64_t heartbeat, const previous_reading& previous,
           int64_t end) noexcept {
  return previous.time != 0 && end * 1000 - previous.time <= heartbeat * 1000;
}

/// What a GAUGE without a reading of its own has at `end`, by the reading
/// before.
cell from_previous(const source_definition& source, int64_t heartbeat,
                   const previous_reading& previous, int64_t end) noexcept {
  return source.fill == gap_fill::hold && alive(heartbeat, previous, end)
           ? previous.value
           : cell{};
}

bool takes_next(const source_definition& source) noexcept {
  return source.fill == gap_fill::heartbeat;
}

int64_t end_of(row_view row, const file_definition& definition) noexcept {
  return row.slot() * definition.step;
}

/// Whether the gap before a row would read wrong without an extra row that has
/// `extra` for this GAUGE.
bool matters(const source_definition& source, int64_t heartbeat, cell here,
             cell extra, bool has_reading, int64_t gap) noexcept {
  if (!here.known)
    return extra.known;
  if (gap > heartbeat)
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

// -- rates --------------------------------------------------------------------

/// The readings of one source around the rows at hand, by their times.
using readings = std::vector<previous_reading>;

bool spans(const source_definition& source, const previous_reading& before,
           const previous_reading& after) noexcept {
  return after.time - before.time <= source.heartbeat * 1000;
}

__extension__ using wide = __int128;

/// `x * part / all`, rounded to the nearest.
wide share(wide x, int64_t part, int64_t all) noexcept {
  auto product = x * part;
  auto half = all / 2;
  return (product + (product < 0 ? -half : half)) / all;
}

/// The raw value of a counter between two readings of it.
value_bits between(source_type type, const previous_reading& before,
                   const previous_reading& after, int64_t time) noexcept {
  auto part = time - before.time;
  auto all = after.time - before.time;
  auto x = before.value.value.bits;
  auto y = after.value.value.bits;
  switch (type) {
    case source_type::counter: {
      constexpr uint64_t mask32 = 0xffffffff;
      // It went round at 32 bits, or else at 64.
      auto mask = y < x && x <= mask32 ? mask32 : ~uint64_t{0};
      auto counted = share(wide{(y - x) & mask}, part, all);
      return {(x + static_cast<uint64_t>(counted)) & mask};
    }
    case source_type::derive: {
      auto from = static_cast<int64_t>(x);
      auto change = wide{static_cast<int64_t>(y)} - from;
      return value_bits::of(
        static_cast<int64_t>(from + share(change, part, all)));
    }
    default: {
      auto from = before.value.value.as_double();
      auto change = after.value.value.as_double() - from;
      return value_bits::of(
        from + change * (static_cast<double>(part) / static_cast<double>(all)));
    }
  }
}

/// The first reading at or behind `time`.
readings::const_iterator at_or_behind(const readings& xs, int64_t time) {
  return std::lower_bound(xs.begin(), xs.end(), time,
                          [](auto& x, int64_t t) { return x.time < t; });
}

/// What an ABSOLUTE counted in (begin, end].
cell counted(const source_definition& source, const readings& xs, int64_t begin,
             int64_t end) {
  if (xs.empty() || end < xs.front().time || xs.back().time < end)
    return {};
  // What the first one counts began at any time.
  auto& first = xs.front();
  auto has_first = first.time > begin && first.time <= end;
  if (has_first && !first.value.known)
    return {};
  auto result = has_first ? first.value.value.as_double() : 0.0;
  for (auto i = xs.begin() + 1; i != xs.end(); ++i) {
    auto start = std::prev(i)->time;
    auto overlap = std::min(end, i->time) - std::max(begin, start);
    if (overlap <= 0)
      continue;
    auto whole = i->time - start;
    if (!i->value.known || whole > source.heartbeat * 1000)
      return {};
    result += i->value.value.as_double()
              * (static_cast<double>(overlap) / static_cast<double>(whole));
  }
  return {value_bits::of(result), true};
}

/// What a rate has in a row at `time`; the row before is at `begin`.
cell rate_at(const source_definition& source, const readings& xs, int64_t begin,
             int64_t time) {
  if (source.type == source_type::absolute)
    return counted(source, xs, begin, time);
  auto after = at_or_behind(xs, time);
  if (after == xs.end())
    return {};
  if (after->time == time)
    return after->value;
  if (after == xs.begin())
    return {};
  auto& before = *std::prev(after);
  if (!before.value.known || !after->value.known
      || !spans(source, before, *after))
    return {};
  return {between(source.type, before, *after, time), true};
}

} // namespace

// -- files of one source ------------------------------------------------------

void advance(const file_definition& definition, previous_row& previous,
             row_view row) {
  previous.end = end_of(row, definition);
  previous.sources[0]
    = {previous.end * 1000, cell_of(row, 0, definition.sources[0])};
}

void row_emitter::append(int64_t time_ms, uint32_t heartbeat, row_block& out) {
  auto rest = static_cast<uint16_t>(time_ms % 1000);
  if (rest != 0 && out.milliseconds.empty())
    out.milliseconds.resize(out.times.size());
  out.times.push_back(time_ms / 1000);
  if (!out.milliseconds.empty() || rest != 0)
    out.milliseconds.push_back(rest);
  if (definition_.sources[0].learns_heartbeat())
    out.heartbeats.push_back(heartbeat);
}

void row_emitter::emit(row_view row, row_block& out) {
  auto& sources = definition_.sources;
  if (sources.size() == 1 && !is_rate(sources[0].type))
    return emit_gauge(row, out);
  auto heartbeat = heartbeat_of(row.heartbeat(), sources[0], definition_.step);
  append(row_time(row, definition_), static_cast<uint32_t>(heartbeat), out);
  for (size_t i = 0; i < sources.size(); ++i)
    out.cells.push_back(cell_of(row, i, sources[i]));
  if (sources.size() == 1)
    advance(definition_, previous_, row);
}

void row_emitter::emit_gauge(row_view row, row_block& out) {
  auto& source = definition_.sources[0];
  auto& previous = previous_.sources[0];
  auto heartbeat = source.learns_heartbeat()
                     ? heartbeat_of(row.heartbeat(), source, definition_.step)
                     : source.heartbeat;
  auto here = cell_of(row, 0, source);
  auto end = end_of(row, definition_);
  auto gap = end - previous_.end;
  if (previous_.end != 0 && gap > definition_.step) {
    auto extra = from_previous(source, heartbeat, previous, end);
    if (takes_next(source) && alive(heartbeat, previous, end))
      extra = here;
    if (matters(source, heartbeat, here, extra, true, gap)) {
      append((end - definition_.step) * 1000, static_cast<uint32_t>(heartbeat),
             out);
      out.cells.push_back(extra);
    }
  }
  append(end * 1000, static_cast<uint32_t>(heartbeat), out);
  out.cells.push_back(here);
  advance(definition_, previous_, row);
}

void row_emitter::hold(int64_t end, int64_t heartbeat, row_block& out) {
  auto& sources = definition_.sources;
  std::vector<cell> cells;
  auto any = false;
  for (size_t i = 0; i < sources.size(); ++i) {
    auto& x = sources[i];
    cells.push_back(
      is_rate(x.type)
        ? cell{}
        : from_previous(x, x.learns_heartbeat() ? heartbeat : x.heartbeat,
                        previous_.sources[i], end));
    any |= cells.back().known;
  }
  if (!any || end <= previous_.end)
    return;
  append(end * 1000, static_cast<uint32_t>(heartbeat), out);
  out.cells.insert(out.cells.end(), cells.begin(), cells.end());
}

// -- files of several sources -------------------------------------------------

namespace {

/// Completes rows of one file.
class completion {
public:
  completion(const file_definition& definition, previous_row& previous,
             row_buffer& rows, size_t first)
    : definition_{definition}, previous_{previous},
      sources_{definition.sources}, readings_(sources_.size()) {
    for (size_t i = 0; i < sources_.size(); ++i)
      if (auto& x = previous.sources[i]; x.time != 0)
        readings_[i].push_back(x);
    rows.for_each(first, [&](row_view row) {
      rows_.push_back(row);
      for (size_t i = 0; i < sources_.size(); ++i)
        if (row.has_reading(i))
          readings_[i].push_back(
            {time_of(row, i), cell_of(row, i, sources_[i])});
      return true;
    });
  }

  /// What becomes of the first `n` rows, extra ones included.
  struct line {
    uint32_t slot;
    bool is_extra;
    std::vector<cell> cells;
  };

  std::vector<line> lines(size_t n) {
    std::vector<line> result;
    auto begin = previous_time();
    for (size_t k = 0; k < n; ++k) {
      auto row = rows_[k];
      auto end = end_of(row, definition_);
      auto time = row_time(row, definition_);
      line here{row.slot(), false, cells_at(begin, time, row, end)};
      auto extra_time = (end - definition_.step) * 1000;
      if (begin != 0 && begin < extra_time && may_need_extra(row, time)) {
        line extra{row.slot() - 1, true,
                   extra_cells(begin, extra_time, row, end)};
        if (is_needed(row, here, extra, begin)) {
          result.push_back(std::move(extra));
          here.cells = cells_at(extra_time, time, row, end);
        }
      }
      result.push_back(std::move(here));
      begin = time;
      previous_.end = end;
    }
    for (size_t i = 0; i < sources_.size(); ++i)
      for (size_t k = n; k > 0; --k)
        if (rows_[k - 1].has_reading(i)) {
          previous_.sources[i]
            = {time_of(rows_[k - 1], i), cell_of(rows_[k - 1], i, sources_[i])};
          break;
        }
    return result;
  }

private:
  /// When the row before the first was, in milliseconds.
  int64_t previous_time() const {
    auto end = previous_.end * 1000;
    int64_t newest = 0;
    for (size_t i = 0; i < sources_.size(); ++i) {
      if (!is_rate(sources_[i].type))
        return end;
      newest = std::max(newest, previous_.sources[i].time);
    }
    return newest > end - definition_.step * 1000 ? std::min(newest, end) : end;
  }

  int64_t time_of(row_view row, size_t i) const {
    return is_rate(sources_[i].type) ? reading_time(row, i, definition_)
                                     : end_of(row, definition_) * 1000;
  }

  /// @param begin, time in milliseconds: the row before, and this one
  std::vector<cell>
  cells_at(int64_t begin, int64_t time, row_view row, int64_t end) const {
    std::vector<cell> result;
    for (size_t i = 0; i < sources_.size(); ++i)
      if (is_rate(sources_[i].type))
        result.push_back(rate_at(sources_[i], readings_[i], begin, time));
      else if (row.has_reading(i))
        result.push_back(cell_of(row, i, sources_[i]));
      else
        result.push_back(gauge_at(i, end));
    return result;
  }

  std::vector<cell>
  extra_cells(int64_t begin, int64_t time, row_view row, int64_t end) const {
    std::vector<cell> result;
    for (size_t i = 0; i < sources_.size(); ++i) {
      auto& source = sources_[i];
      if (is_rate(source.type))
        result.push_back(rate_at(source, readings_[i], begin, time));
      else if (row.has_reading(i) && takes_next(source))
        result.push_back(alive(source.heartbeat, before(i, end), end)
                           ? cell_of(row, i, source)
                           : cell{});
      else
        result.push_back(gauge_at(i, end));
    }
    return result;
  }

  /// Whether a row at `time` does more than take rates as they were read.
  bool may_need_extra(row_view row, int64_t time) const {
    for (size_t i = 0; i < sources_.size(); ++i)
      if (!is_rate(sources_[i].type)
          || sources_[i].type == source_type::absolute
          || (row.has_reading(i) && time_of(row, i) < time))
        return true;
    return false;
  }

  /// @param begin when the row before was, in milliseconds
  bool is_needed(row_view row, const line& here, const line& extra,
                 int64_t begin) const {
    auto gap = end_of(row, definition_) - begin / 1000;
    for (size_t i = 0; i < sources_.size(); ++i)
      if (is_rate(sources_[i].type)
            ? changes(row, i, here.cells[i], extra.cells[i])
            : matters(sources_[i], sources_[i].heartbeat, here.cells[i],
                      extra.cells[i], row.has_reading(i), gap))
        return true;
    return false;
  }

  /// Whether a rate has a reading in the slot but another rate before it, which
  /// without an extra row the two would be mixed with.
  bool changes(row_view row, size_t i, cell here, cell extra) const {
    if (!row.has_reading(i))
      return false;
    if (extra.known)
      return time_of(row, i) < row_time(row, definition_);
    // What the first ABSOLUTE counted would be spread.
    return sources_[i].type == source_type::absolute && here.known;
  }

  /// The reading before the slot that ends at `end`.
  previous_reading before(size_t i, int64_t end) const {
    auto& xs = readings_[i];
    auto next = at_or_behind(xs, end * 1000);
    return next == xs.begin() ? previous_reading{} : *std::prev(next);
  }

  /// What a GAUGE without a reading in the slot has.
  cell gauge_at(size_t i, int64_t end) const {
    auto& source = sources_[i];
    auto last = before(i, end);
    if (!takes_next(source))
      return from_previous(source, source.heartbeat, last, end);
    auto next = at_or_behind(readings_[i], end * 1000);
    return next != readings_[i].end()
               && alive(source.heartbeat, last, next->time / 1000)
             ? next->value
             : cell{};
  }

  const file_definition& definition_;
  previous_row& previous_;
  const std::vector<source_definition>& sources_;
  std::vector<readings> readings_;
  std::vector<row_view> rows_;
};

/// Whether the cell is the reading itself.
bool is_own(row_view row, size_t i, const source_definition& source, cell x) {
  return row.has_reading(i) && cell_of(row, i, source) == x;
}

} // namespace

size_t complete_rows(const file_definition& definition, previous_row& previous,
                     row_buffer& rows, const row_shape& shape, size_t first,
                     size_t n) {
  // What a damaged snapshot says must not reach back into sealed rows.
  if (first > 0)
    previous.end
      = std::max(previous.end, rows.slot_at(first - 1) * definition.step);
  auto lines = completion{definition, previous, rows, first}.lines(n);
  size_t inserted = 0;
  for (auto& x : lines)
    if (x.is_extra) {
      rows.add(x.slot, shape);
      ++inserted;
    }
  auto line = lines.begin();
  rows.for_each(first, [&](row_view row) {
    if (line == lines.end())
      return false;
    for (size_t i = 0; i < definition.sources.size(); ++i) {
      auto& x = line->cells[i];
      if (is_own(row, i, definition.sources[i], x))
        continue;
      if (x.known) {
        row.fill(i, x.value);
        continue;
      }
      row.clear_filled(i);
      make_unknown(row, i, is_integer(definition.sources[i].type));
    }
    ++line;
    return true;
  });
  return inserted;
}

int64_t awaited_until(const file_definition& definition,
                      const std::vector<int64_t>& newest, int64_t time) {
  int64_t result = 0;
  for (size_t i = 0; i < definition.sources.size(); ++i) {
    auto& x = definition.sources[i];
    if (is_rate(x.type) && newest[i] != 0 && newest[i] < time)
      result = std::max(result, newest[i] / 1000 + x.heartbeat + 1);
  }
  return result;
}

} // namespace rrdflow

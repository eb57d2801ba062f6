#include "actors/writer/row_update.hpp"

#include "actors/writer/librrd.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace rrdflow {

using namespace rrd_layout;

namespace {

constexpr int64_t max_time = 1ll << 40;
constexpr int64_t million = 1000000;
constexpr auto infinite = std::numeric_limits<double>::infinity();

#if defined(__x86_64__)
constexpr auto same_arithmetic = true;
#else
constexpr auto same_arithmetic = false;
#endif

template <class T>
T load_from(const std::string& bytes, size_t at) {
  T result;
  std::memcpy(&result, bytes.data() + at, sizeof(T));
  return result;
}

double as_double(uint64_t x) {
  return static_cast<double>(x);
}

} // namespace

column_map
match_columns(const file_definition& job, const file_definition& file) {
  column_map result;
  std::vector<bool> found(job.sources.size());
  for (const auto& source : file.sources) {
    auto& to = result.columns.emplace_back();
    to.type = source.type;
    for (size_t i = 0; i < job.sources.size(); ++i)
      if (!found[i] && job.sources[i].name == source.name
          && job.sources[i].type == source.type) {
        to.from = static_cast<int>(i);
        found[i] = true;
        result.any = true;
        break;
      }
  }
  for (size_t i = 0; i < found.size(); ++i)
    if (!found[i])
      result.missing += (result.missing.empty() ? "" : ", ")
                        + job.sources[i].name + " ("
                        + to_string(job.sources[i].type) + ")";
  return result;
}

row_update::row_update() : unknown_{librrd::unknown()} {
  // nop
}

// -- taking up a file ---------------------------------------------------------

bool row_update::begin(const rrd_header& header, int64_t newest,
                       const std::vector<bool>& wanted) {
  if (!same_arithmetic || newest > max_time
      || std::memcmp(header.bytes.data() + version_at, "0003", 5) != 0)
    return false;
  live_.assign(header.bytes, header.live_begin);
  step_ = static_cast<uint64_t>(header.definition.step);
  last_update_ = load<int64_t>(0);
  microseconds_ = load<int64_t>(8);
  return take_sources(header) && take_archives(header, newest, wanted);
}

bool row_update::take_sources(const rrd_header& header) {
  const auto& definitions = header.definition.sources;
  sources_.resize(definitions.size());
  for (size_t i = 0; i < sources_.size(); ++i) {
    auto& x = sources_[i];
    x.type = definitions[i].type;
    auto tunables = static_size + i * source_size + source_tunables_at;
    x.heartbeat = as_double(load_from<uint64_t>(header.bytes, tunables));
    x.min = load_from<double>(header.bytes, tunables + 8);
    x.max = load_from<double>(header.bytes, tunables + 16);
    x.pending = live_size + i * pending_size;
    if (x.type == source_type::dcounter || x.type == source_type::dderive)
      return false;
    if (is_integer(x.type)) {
      auto text = live_.data() + x.pending;
      if (!rrd_decimal::read({text, ::strnlen(text, last_text_size)}, x.last))
        return false;
    }
    if (load<uint64_t>(x.pending + unknown_seconds_at) > max_time)
      return false;
  }
  return true;
}

bool row_update::take_archives(const rrd_header& header, int64_t newest,
                               const std::vector<bool>& wanted) {
  const auto& definitions = header.definition.archives;
  archives_.resize(definitions.size());
  auto row_size = sources_.size() * sizeof(double);
  auto begin = static_cast<uint64_t>(header.bytes.size());
  auto prepared = live_size + sources_.size() * pending_size;
  auto pointers = live_.size() - archives_.size() * pointer_size;
  auto steps = static_cast<uint64_t>(newest - last_update_) / step_;
  uint64_t bytes = 0;
  for (size_t i = 0; i < archives_.size(); ++i) {
    auto& x = archives_[i];
    x.wanted = wanted.empty() || wanted[i];
    x.function = definitions[i].function;
    x.rows = definitions[i].rows;
    x.steps = definitions[i].steps;
    x.tolerance = as_double(x.steps) * definitions[i].xff;
    x.begin = begin;
    x.prepared = prepared;
    x.newest = load<uint64_t>(pointers + i * pointer_size);
    x.values.clear();
    begin += x.rows * row_size;
    prepared += sources_.size() * consolidated_size;
    if (x.wanted)
      bytes += std::min(steps / x.steps + 2, x.rows) * row_size;
  }
  return bytes <= max_bytes;
}

// -- rows ---------------------------------------------------------------------

void row_update::apply(const row_block& rows, size_t first, size_t sources,
                       const column_map& map) {
  const cell* newest = nullptr;
  for (auto i = first; i < rows.times.size(); ++i) {
    auto time = rrd_decimal::microtime(rows.time_ms(i));
    if (time <= last_update_ * million + microseconds_)
      continue;
    if (!rows.heartbeats.empty())
      for (auto& x : sources_)
        x.heartbeat = static_cast<double>(rows.heartbeats[i]);
    newest = rows.cells.data() + i * sources;
    apply_row(time, newest, map);
  }
  if (newest == nullptr)
    return;
  keep_texts(newest, map);
  store(0, last_update_);
  store(8, microseconds_);
  auto pointers = live_.size() - archives_.size() * pointer_size;
  for (size_t i = 0; i < archives_.size(); ++i)
    store(pointers + i * pointer_size, archives_[i].newest);
}

void row_update::apply_row(int64_t microtime, const cell* cells,
                           const column_map& map) {
  auto time = microtime / million;
  auto microseconds = microtime % million;
  span passed;
  passed.all = static_cast<double>(time - last_update_)
               + static_cast<double>(microseconds - microseconds_) / 1e6;
  for (size_t i = 0; i < sources_.size(); ++i) {
    auto from = map.columns[i].from;
    count(sources_[i], from < 0 ? cell{} : cells[from], passed.all);
  }
  auto last = static_cast<uint64_t>(last_update_);
  auto now = static_cast<uint64_t>(time);
  auto done = last / step_;
  auto steps = now / step_ - done;
  if (steps == 0) {
    for (auto& x : sources_)
      add(x, passed.all);
  } else {
    passed.before = static_cast<double>(now - now % step_ - last);
    passed.before -= static_cast<double>(microseconds_) / 1e6;
    passed.behind = as_double(now % step_);
    passed.behind += static_cast<double>(microseconds) / 1e6;
    auto open = static_cast<uint64_t>(passed.before) % step_;
    if (steps > 1 && open > 0) {
      split(passed, open, done);
      --steps;
      ++done;
    }
    for (auto& x : sources_)
      close_step(x, passed, steps * step_);
    consolidate(steps, done);
  }
  last_update_ = time;
  microseconds_ = microseconds;
}

/// Closes the step that is open alone, with its share of what came in.
void row_update::split(span& time, uint64_t open, uint64_t done) {
  span part;
  part.all = part.before = as_double(open);
  for (auto& x : sources_) {
    auto rest = unknown_;
    auto share = unknown_;
    if (!std::isnan(x.increment)) {
      share = x.increment * part.all / time.all;
      rest = x.increment - share;
    } else {
      rest = x.increment;
    }
    x.increment = share;
    close_step(x, part, step_);
    x.increment = rest;
  }
  consolidate(1, done);
  time.all -= part.all;
  time.before -= part.all;
}

// -- sources ------------------------------------------------------------------

/// Says what a reading adds.
void row_update::count(source& x, const cell& reading, double interval) {
  using rrd_decimal::counter;
  x.increment = unknown_;
  auto rate = unknown_;
  auto known = reading.known && x.heartbeat >= interval;
  switch (x.type) {
    case source_type::counter:
    case source_type::derive: {
      auto last = x.last;
      x.last = !reading.known ? counter{}
               : x.type == source_type::counter
                 ? counter::of(reading.value.bits)
                 : counter::of(static_cast<int64_t>(reading.value.bits));
      if (!known || last.what == counter::unknown)
        return;
      x.increment = rrd_decimal::difference(x.last, last, unknown_);
      if (x.type == source_type::counter) {
        // It went round at 32 bits, or else at 64.
        if (x.increment < 0)
          x.increment += 4294967295.0;
        if (x.increment < 0)
          x.increment += 18446744069414584320.0;
      }
      rate = x.increment / interval;
      break;
    }
    default: {
      auto value = reading.value.as_double();
      if (!known || !std::isfinite(value))
        return;
      value = rrd_decimal::reread(value);
      if (x.type == source_type::gauge) {
        x.increment = value * interval;
        rate = value;
      } else {
        x.increment = value;
        rate = value / interval;
      }
    }
  }
  // Comparisons with NaN are false: no limit.
  if (rate > x.max || rate < x.min)
    x.increment = unknown_;
}

/// Within a step.
void row_update::add(source& x, double interval) {
  if (std::isnan(x.increment)) {
    auto unknown = as_double(load<uint64_t>(x.pending + unknown_seconds_at))
                   + std::floor(interval);
    store(x.pending + unknown_seconds_at, static_cast<uint64_t>(unknown));
    return;
  }
  auto value = load<double>(x.pending + pending_value_at);
  store(x.pending + pending_value_at,
        std::isnan(value) ? x.increment : value + x.increment);
}

/// @param seconds from the begin of the open step to the end of the newest
void row_update::close_step(source& x, const span& time, uint64_t seconds) {
  auto value = load<double>(x.pending + pending_value_at);
  auto unknown = load<uint64_t>(x.pending + unknown_seconds_at);
  auto missed = 0.0;
  if (std::isnan(x.increment)) {
    missed = time.before;
  } else {
    if (std::isnan(value))
      value = 0;
    value += x.increment / time.all * time.before;
  }
  // librrd counts the unknown seconds in an int here.
  if (time.all > x.heartbeat
      || as_double(step_) / 2.0 < static_cast<int32_t>(unknown))
    x.point = unknown_;
  else
    x.point = value / (as_double(seconds - unknown) - missed);
  if (std::isnan(x.increment)) {
    unknown = static_cast<uint64_t>(std::floor(time.behind));
    value = unknown_;
  } else {
    unknown = 0;
    value = x.increment / time.all * time.behind;
  }
  store(x.pending + unknown_seconds_at, unknown);
  store(x.pending + pending_value_at, value);
}

void row_update::keep_texts(const cell* cells, const column_map& map) {
  for (size_t i = 0; i < sources_.size(); ++i) {
    auto& x = sources_[i];
    char text[rrd_decimal::max_text] = {'U'};
    size_t size = 1;
    auto from = map.columns[i].from;
    if (is_integer(x.type))
      size = rrd_decimal::print(x.last, text);
    else if (from >= 0 && cells[from].known
             && std::isfinite(cells[from].value.as_double()))
      size = rrd_decimal::print(cells[from].value.as_double(), text);
    auto to = live_.data() + x.pending;
    std::memset(to, 0, last_text_size);
    std::memcpy(to, text, size);
  }
}

// -- archives -----------------------------------------------------------------

/// Gives each archive the points of `steps` steps, all alike; `done` of them
/// had been closed since the epoch.
void row_update::consolidate(uint64_t steps, uint64_t done) {
  for (auto& to : archives_) {
    if (!to.wanted)
      continue;
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

#include "actors/cache/shard_engine.hpp"

#include "config/units.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace rrdflow {

namespace {

using namespace std::chrono_literals;

/// A job that the rate of creations postponed is tried again after this.
constexpr auto postponed_pause = 200ms;

/// A job that failed n times in a row, after 2^(n-1) times the first, at most
/// the second.
constexpr std::chrono::milliseconds first_pause = 100ms;
constexpr std::chrono::milliseconds longest_pause = 10s;

/// A job that was done so long ago says that files can be written.
constexpr auto recently = 30s;

/// So many failures in a row are reported to the requests that wait.
constexpr uint8_t max_failures = 3;

/// Whether rows made for one definition can be written by the other.
bool same_layout(const file_definition& x, const file_definition& y) {
  return x.step == y.step
         && std::equal(x.sources.begin(), x.sources.end(), y.sources.begin(),
                       y.sources.end(),
                       [](const source_definition& a,
                          const source_definition& b) {
                         return a.type == b.type;
                       });
}

row_buffer copy(const row_buffer& rows, const row_shape& shape) {
  row_buffer result;
  rows.for_each(0, [&](row_view row) {
    result.add(row.slot(), shape).take(row);
    return true;
  });
  return result;
}

/// Whether a counter of 32 or 64 bits is about to begin again by itself.
bool is_near_overflow(uint64_t x) {
  constexpr auto near = uint64_t{3} << 30;
  return (x >= near && x >> 32 == 0) || x >= near << 32;
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

shard_engine::shard_engine(cache_settings settings,
                           std::shared_ptr<const file_names> names)
  : names_{std::move(names)}, packer_{files_, names_}, scheduler_{files_,
                                                                  packer_},
    counters_{settings.metrics}, sealer_{settings,   names_,
                                         files_,     packer_,
                                         scheduler_, counters_.rows_opened},
    losses_{names_} {
  // nop
}

void shard_engine::load(const shard_start& x) {
  sealer_.restore(x.watermark);
  counters_.restore(x.totals);
  for (auto& [key, loss] : x.losses)
    if (loss.count > 0)
      losses_.touch(loss.kind, loss.file, loss.source) = loss;
  auto source = x.sources.begin();
  for (auto& file : x.files) {
    auto next
      = source + static_cast<ptrdiff_t>(file.definition->sources.size());
    if (file.id)
      take_over(file, source);
    else
      counters_.rows_abandoned[abandon_reason::unknown_file].add(
        file.row_count);
    source = next;
  }
}

void shard_engine::take_over(
  const unpacked_file& x, std::vector<unpacked_source>::const_iterator source) {
  auto& file = add(*x.id, x.definition);
  auto shape = files_.shape(file);
  auto bytes = row_view::stored_bytes(shape.sources);
  for (auto* stored = x.rows; stored < x.rows + x.row_count * bytes;
       stored += bytes) {
    auto row
      = file.rows.add(row_view::stored_slot(stored, shape.sources), shape);
    row.load_from(stored);
    if (x.first_version)
      for (size_t i = 0; i < shape.sources; ++i)
        upgrade(row, i, slot_source_of(*x.definition, i));
  }
  // Earlier versions completed rows in another way: once more.
  file.sealed = x.first_version && shape.sources > 1 ? 0 : x.sealed;
  file.sealed_until = x.sealed_until;
  file.first_arrival = x.first_arrival;
  file.newest_arrival = x.newest_arrival;
  file.retiring = x.retiring;
  auto& previous = files_.previous(file);
  previous.end = x.previous_end;
  for (size_t i = 0; i < shape.sources; ++i, ++source) {
    previous.sources[i] = source->previous;
    files_.newest(file)[i] = source->newest;
  }
  files_.set_previous(file, previous);
  if (shape.sources == 1)
    file.interval = x.interval;
  else
    hear_again(file);
  sealer_.rows_added(file);
}

// -- the stream ---------------------------------------------------------------

void shard_engine::open(const file_binding& x) {
  auto* file = files_.find(x.file);
  auto sealed_until = to_second32(x.sealed_until);
  if (file != nullptr) {
    packer_.pack_before_write(*file);
    file->retiring = false;
    if (files_.definition(*file) != x.definition)
      redefine(*file, x.definition);
    file->sealed_until = std::max(file->sealed_until, sealed_until);
    return;
  }
  file = &add(x.file, x.definition);
  file->sealed_until = sealed_until;
  file->newest_arrival = to_second32(sealer_.watermark());
  forget_previous(*file);
}

/// Finds the newest word of each source of a file of several.
void shard_engine::hear_again(cached_file& x) {
  auto& file = *files_.definition(x);
  auto& heard = x.many->heard;
  for (size_t i = 0; i < heard.size(); ++i)
    heard[i] = (files_.newest(x)[i].time + 500'000) / 1'000'000;
  x.rows.for_each(x.sealed, [&](row_view row) {
    for (size_t i = 0; i < heard.size(); ++i)
      if (row.has_reading(i))
        heard[i] = std::max(heard[i], reading_time(row, i, file));
    return true;
  });
}

/// Nothing is known of the rows before, but where they end.
void shard_engine::forget_previous(cached_file& x) {
  auto n = files_.sources(x);
  auto end = int64_t{x.sealed_until};
  files_.set_previous(x, {end,
                          std::vector<previous_reading>(n, {end * 1000, {}})});
}

void shard_engine::put(const sample_batch& x) {
  // With many files none of this is in a cache: each miss is begun while
  // others are under way.
  constexpr size_t near = 6, middle = 14, far = 24;
  auto n = x.samples.size();
  for (size_t i = 0; i < n; ++i) {
    if (i + far < n)
      __builtin_prefetch(files_.index_place(x.samples[i + far].file));
    if (i + middle < n)
      __builtin_prefetch(files_.file_place(x.samples[i + middle].file));
    if (i + near < n)
      __builtin_prefetch(files_.row_place(x.samples[i + near].file));
    apply(x.samples[i]);
  }
  sealer_.read_upto(x.upto);
}

void shard_engine::apply(const sample& x) {
  auto* file = files_.find(x.file);
  if (file == nullptr || x.source() >= files_.sources(*file))
    return late(x, nullptr);
  packer_.pack_before_write(*file);
  auto now = to_second32(sealer_.watermark());
  file->newest_arrival = now;
  file->retiring = false;
  auto& definition = *files_.definition(*file);
  auto place = place_of(x.time, definition.step);
  if (x.time <= file->sealed_until * second_ns || place.slot < 1
      || x.time > last_second * second_ns)
    return late(x, file);
  counters_.samples_merged.add();
  auto i = x.source();
  auto source = slot_source_of(definition, i);
  auto slot = static_cast<uint32_t>(place.slot);
  if (x.is_unknown()) {
    apply_unknown(*file, slot, i, source, place.offset);
  } else {
    auto& newest = files_.newest(*file)[i];
    auto [row, opened] = file->rows.get_or_create(slot, files_.shape(*file));
    if (opened) {
      row_opened(*file, row);
      // Pauses within a slot make no difference: two steps are the least.
      if (newest.time != 0 && x.time > newest.time)
        file->interval.note(x.time - newest.time);
    }
    if (opened || !row.has_reading(i))
      begin(row, i, source, x.value, place.offset);
    else
      merge(row, i, source, x.value, place.offset);
    if (x.time >= newest.time) {
      if (source.rate && x.value.bits < newest.value.bits
          && x.time - newest.time <= files_.heartbeat(*file) * second_ns)
        look_at_reset(*file, i, newest.value.bits, x.value.bits);
      newest = {x.time, x.value};
    }
    if (source.rate && definition.sources.size() > 1)
      hear(*file, i, reading_time(row, i, definition));
  }
}

void shard_engine::late(const sample& x, cached_file* file) {
  counters_.late(x.rule);
  auto& loss = losses_.touch(loss_kind::late, x.file, x.source());
  auto first = loss.count++ == 0;
  loss.second = sealer_.watermark();
  loss.time = x.time;
  if (file == nullptr)
    return;
  loss.sealed_until = file->sealed_until;
  auto& sources = files_.definition(*file)->sources;
  auto& source = sources[x.source()];
  loss.value = as_double(x.value, source.type);
  if (sources.size() > 1)
    loss.label = source.name;
  if (first)
    warnings_.push_back(
      {x.file, "a reading of it came late: " + file_losses::text_of(loss)});
}

/// The newest word of a source, in milliseconds, of a file of several.
void shard_engine::hear(cached_file& x, size_t i, int64_t time) {
  auto& heard = x.many->heard[i];
  heard = std::max(heard, time);
  sealer_.rate_read(x);
}

/// Behind what a slot keeps it counts from the next one on; of a source that
/// never had a value it says nothing.
void shard_engine::apply_unknown(cached_file& x, uint32_t slot, size_t i,
                                 const slot_source& source, int64_t offset) {
  if (files_.newest(x)[i].time == 0)
    return;
  auto [row, is_first] = open_row(x, slot, i);
  if (is_first)
    begin_unknown(row, i, source, offset);
  else if (!merge_unknown(row, i, source, offset))
    if (auto [next, first] = open_row(x, slot + 1, i); first)
      begin_unknown(next, i, source, 0);
  auto& definition = *files_.definition(x);
  if (source.rate && definition.sources.size() > 1)
    hear(x, i, reading_time(row, i, definition));
}

/// The row of a slot, and whether it lacks a reading of source `i`.
std::pair<row_view, bool>
shard_engine::open_row(cached_file& x, uint32_t slot, size_t i) {
  auto [row, opened] = x.rows.get_or_create(slot, files_.shape(x));
  if (opened)
    row_opened(x, row);
  return {row, opened || !row.has_reading(i)};
}

void shard_engine::row_opened(cached_file& x, row_view row) {
  row.heartbeat(x.interval.heartbeat());
  if (x.interval.is_known())
    look_at_heartbeat(x);
  counters_.rows_opened.add();
  sealer_.row_opened(x, row.slot());
}

void shard_engine::look_at_heartbeat(const cached_file& x) {
  auto& source = files_.definition(x)->sources[0];
  if (source.learns_heartbeat())
    return;
  auto interval = x.interval.usual();
  if (interval <= source.heartbeat || std::exchange(files_.outlasted(x), true))
    return;
  auto& found = counters_.heartbeats_outlasted;
  found.set(found.value() + 1);
  using std::chrono::seconds;
  auto& loss = losses_.touch(loss_kind::outlasted, x.id, 0);
  ++loss.count;
  loss.second = sealer_.watermark();
  loss.text = "its readings come each " + print_duration(seconds{interval})
              + " or so, but its heartbeat is "
              + print_duration(seconds{source.heartbeat})
              + ": most of its history is unknown; remedy: a longer one, or in "
                "a rule heartbeat = \"auto\"";
  warnings_.push_back({x.id, loss.text});
}

void shard_engine::look_at_reset(const cached_file& x, size_t i,
                                 uint64_t before, uint64_t now) {
  auto& sources = files_.definition(x)->sources;
  auto& source = sources[i];
  if (source.type != source_type::counter || !std::isnan(source.max)
      || is_near_overflow(before))
    return;
  auto& loss = losses_.touch(loss_kind::reset, x.id, static_cast<uint16_t>(i));
  loss.second = sealer_.watermark();
  loss.text = "its COUNTER went back from " + std::to_string(before) + " to "
              + std::to_string(now)
              + ", which RRD takes for an overflow: a rate that nobody had is "
                "stored; remedy: max = what is possible in a second, or type = "
                "\"DERIVE\" and min = 0";
  if (sources.size() > 1)
    loss.label = source.name;
  if (loss.count++ == 0)
    warnings_.push_back({x.id, loss.text});
}

void shard_engine::redefine(cached_file& x, const definition_ptr& definition) {
  auto before = files_.definition(x);
  if (!same_layout(*before, *definition)) {
    // The file was replaced by another: the rows fit nowhere.
    x.disowned = x.stage == file_stage::in_flight;
    abandon(x, abandon_reason::redefined,
            "the file was replaced by one with another step or sources");
    files_.define(x, definition);
    std::fill_n(files_.newest(x), files_.sources(x), newest_reading{});
    forget_previous(x);
  } else {
    x.rows.for_each(0, [&](row_view row) {
      for (size_t i = 0; i < definition->sources.size(); ++i)
        convert(row, i, sample_of(before->sources[i]),
                sample_of(definition->sources[i]));
      return true;
    });
    files_.define(x, definition);
  }
  sealer_.reschedule(x);
}

cached_file& shard_engine::add(file_id id, const definition_ptr& definition) {
  auto& x = files_.add(id, definition);
  packer_.leave_out(x);
  return x;
}

uint64_t shard_engine::flush(const std::vector<file_id>& files) {
  std::vector<wait_list::awaited> awaited;
  awaited.reserve(files.empty() ? files_.size() : files.size());
  request_outcome outcome;
  auto flush_one = [&](cached_file& x) {
    sealer_.seal(x);
    auto waiting = sealer_.rows_that_wait(x);
    outcome.waiting += waiting;
    outcome.running += x.unsealed() - waiting;
    if (x.sealed == 0)
      return;
    files_.failures(x) = 0;
    awaited.push_back({x.id, x.sealed});
    scheduler_.prioritize(x);
  };
  for (auto id : files)
    if (auto* x = files_.find(id))
      flush_one(*x);
  for (size_t i = 0; files.empty() && i < files_.places(); ++i)
    if (files_.at(i).in_use)
      flush_one(files_.at(i));
  return waits_.add(false, std::move(awaited), std::move(outcome));
}

void shard_engine::retire(const std::vector<file_id>& files,
                          int64_t idle_since) {
  for (auto id : files) {
    auto* x = files_.find(id);
    if (x == nullptr || x->newest_arrival >= idle_since || !is_over(*x))
      continue;
    packer_.pack_before_write(*x);
    x->retiring = true;
    forget_if_done(*x);
  }
}

uint64_t
shard_engine::release(const std::vector<file_id>& files, bool give_up) {
  std::vector<wait_list::awaited> awaited;
  for (auto id : files) {
    auto* x = files_.find(id);
    if (x == nullptr)
      continue;
    packer_.pack_before_write(*x);
    x->releasing = true;
    if (give_up)
      expendable_.insert(id);
    else
      expendable_.erase(id);
    files_.failures(*x) = 0;
    sealer_.seal_all(*x);
    awaited.push_back({id, x->rows.size()});
    scheduler_.prioritize(*x);
    forget_if_done(*x);
  }
  return waits_.add(false, std::move(awaited));
}

void shard_engine::mark(uint64_t marker, position at) {
  packer_.begin(marker, at, sealer_.watermark(), counters_.totals(),
                losses_.all());
}

// -- the writer ---------------------------------------------------------------

void shard_engine::finish(const std::vector<write_outcome>& outcomes,
                          time_point now) {
  for (auto& outcome : outcomes) {
    auto* x = files_.find(outcome.file);
    if (x == nullptr || x->stage != file_stage::in_flight)
      continue;
    packer_.pack_before_write(*x);
    if (x->disowned) {
      x->disowned = false;
      scheduler_.returned(*x);
      forget_if_done(*x);
    } else if (outcome.status == write_status::done) {
      confirm(*x, outcome);
      written(now);
    } else if (outcome.status == write_status::postponed) {
      scheduler_.repeat(*x, now + postponed_pause);
    } else {
      fail(*x, outcome, now);
    }
  }
}

void shard_engine::confirm(cached_file& x, const write_outcome& outcome) {
  uint32_t n = files_.handed(x);
  uint32_t inside = 0;
  auto& definition = *files_.definition(x);
  auto& previous = files_.previous(x);
  x.rows.for_each(0, [&, i = 0u](row_view row) mutable {
    if (i++ == n)
      return false;
    auto is_inside = row_time(row, definition) <= outcome.last_update;
    inside += is_inside ? 1 : 0;
    // A row that is not in the file is no end of a gap.
    if (definition.sources.size() == 1 && (is_inside || outcome.abandoned == 0))
      advance(definition, previous, row);
    return true;
  });
  files_.set_previous(x, previous);
  uint32_t lost = 0;
  if (outcome.abandoned > 0) {
    // Some may be extra rows. What is behind the file's end is surely lost.
    auto all = outcome.written + outcome.past + outcome.abandoned;
    auto extra = all > n ? all - n : 0;
    lost = outcome.abandoned > extra ? outcome.abandoned - extra : 0;
    lost = std::min({std::max(lost, n - inside), n, outcome.abandoned});
    waits_.note(x.id, problem(x, outcome.error));
  }
  if (lost > 0)
    abandoned(x.id, abandon_reason::unwritable, lost, outcome.error);
  counters_.rows_written.add(n - lost);
  sealer_.drop_rows(x, n);
  files_.failures(x) = 0;
  waits_.confirmed(x.id, n, n - lost);
  if (x.releasing)
    sealer_.seal_all(x);
  scheduler_.returned(x);
  forget_if_done(x);
}

void shard_engine::fail(cached_file& x, const write_outcome& outcome,
                        time_point now) {
  auto& failures = files_.failures(x);
  auto shift = std::min<int>(failures, 7);
  failures = static_cast<uint8_t>(std::min(failures + 1, 255));
  scheduler_.repeat(x,
                    now + std::min(first_pause * (1 << shift), longest_pause));
  if (failures < max_failures)
    return;
  waits_.note(x.id, problem(x, outcome.error));
  if (x.releasing && expendable_.count(x.id) > 0) {
    abandon(x, abandon_reason::forgotten, outcome.error);
  } else if (x.releasing) {
    x.releasing = false;
    waits_.keep(x.id);
  }
  // While other files are written, the fault is this file's.
  auto alone
    = outcome.own_fault || (last_done_ && now - *last_done_ < recently);
  waits_.give_up(x.id, alone);
  if (!alone && failures == max_failures)
    failing_.push_back(x.id);
  forget_if_done(x);
}

void shard_engine::written(time_point now) {
  last_done_ = now;
  for (auto id : std::exchange(failing_, {}))
    if (auto* x = files_.find(id); x != nullptr && files_.failures(*x) > 0)
      waits_.give_up(id, true);
}

void shard_engine::abandoned(file_id file, abandon_reason reason, uint64_t rows,
                             std::string text) {
  counters_.rows_abandoned[reason].add(rows);
  auto& loss = losses_.touch(loss_kind::abandoned, file, 0);
  loss.count += rows;
  loss.second = sealer_.watermark();
  loss.reason = to_string(reason);
  loss.text = std::move(text);
}

void shard_engine::abandon(cached_file& x, abandon_reason reason,
                           std::string text) {
  auto n = x.rows.size();
  if (n == 0)
    return;
  abandoned(x.id, reason, n, std::move(text));
  sealer_.drop_rows(x, n);
  if (x.stage != file_stage::in_flight)
    x.stage = file_stage::idle;
  sealer_.reschedule(x);
  waits_.confirmed(x.id, n, 0);
}

void shard_engine::forget_if_done(cached_file& x) {
  auto unwanted = x.releasing || x.retiring;
  if (unwanted && x.rows.empty() && x.stage != file_stage::in_flight) {
    expendable_.erase(x.id);
    files_.remove(x);
  }
}

std::string
shard_engine::problem(const cached_file& x, const std::string& text) const {
  return std::string{names_->path(x.id)} + ": " + text;
}

uint64_t shard_engine::catch_up() {
  std::vector<wait_list::awaited> awaited;
  for (size_t i = 0; i < files_.places(); ++i)
    if (auto& x = files_.at(i); x.sealed > 0)
      awaited.push_back({x.id, x.sealed});
  return waits_.add(true, std::move(awaited));
}

// -- a look inside ------------------------------------------------------------

waiting_rows shard_engine::waiting(file_id id) {
  waiting_rows result;
  auto* x = files_.find(id);
  if (x == nullptr)
    return result;
  result.known = true;
  result.definition = files_.definition(*x);
  auto& previous = files_.previous(*x);
  auto shape = files_.shape(*x);
  row_buffer complete;
  if (shape.sources > 1 && x->unsealed() > 0) {
    complete = copy(x->rows, shape);
    complete_rows(*result.definition, previous, complete, shape, x->sealed,
                  x->unsealed());
  }
  row_emitter emitter{*result.definition, previous};
  (complete.empty() ? x->rows : complete).for_each(0, [&](row_view row) {
    emitter.emit(row, result.rows);
    return true;
  });
  auto now = sealer_.watermark();
  emitter.hold(now - now % result.definition->step, files_.heartbeat(*x),
               result.rows);
  return result;
}

/// Whether a hold in the file, if there is one, has ended.
bool shard_engine::is_over(const cached_file& x) const {
  return x.newest_arrival + files_.heartbeat(x) < sealer_.watermark();
}

std::vector<last_value> shard_engine::last(const std::vector<file_id>& ids) {
  std::vector<last_value> result;
  for (auto id : ids) {
    auto* x = files_.find(id);
    if (x == nullptr) {
      result.push_back({id, 0, 0, 0, 0});
      continue;
    }
    auto* newest = files_.newest(*x);
    auto& sources = files_.definition(*x)->sources;
    for (size_t i = 0; i < sources.size(); ++i)
      result.push_back({id, static_cast<uint16_t>(i), newest[i].time,
                        as_double(newest[i].value, sources[i].type),
                        sources[i].learns_heartbeat() ? files_.heartbeat(*x)
                                                      : sources[i].heartbeat});
  }
  return result;
}

std::vector<file_id> shard_engine::idle(int64_t since) {
  std::vector<file_id> result;
  for (size_t i = 0; i < files_.places(); ++i)
    if (auto& x = files_.at(i);
        x.in_use && x.newest_arrival < since && is_over(x))
      result.push_back(x.id);
  std::sort(result.begin(), result.end());
  return result;
}

void shard_engine::update_gauges() {
  counters_.rows_waiting.set(static_cast<double>(sealer_.rows()));
  counters_.cache_bytes.set(static_cast<double>(sealer_.bytes()));
  counters_.oldest_waiting_row_seconds.set(
    static_cast<double>(sealer_.oldest_age()));
}

} // namespace rrdflow

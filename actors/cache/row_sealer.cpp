#include "actors/cache/row_sealer.hpp"

#include "actors/cache/slots.hpp"

#include <array>
#include <limits>
#include <tuple>
#include <utility>

namespace rrdflow {

namespace {

/// So many events are kept, void or not.
constexpr size_t min_events = 1024;

/// So many of the first bits of a key divide the files of a second when rows
/// are evicted: keys are hashes.
constexpr int part_bits = 12;

/// Files by when they began to wait, then by their keys.
using bucket = std::tuple<second32, uint64_t>;

uint64_t part_of(uint64_t key) noexcept {
  return key >> (64 - part_bits);
}

} // namespace

row_sealer::row_sealer(cache_settings settings,
                       std::shared_ptr<const file_names> names,
                       file_table& files, shard_packer& packer,
                       write_scheduler& scheduler, counter& rows_opened)
  : settings_{settings}, names_{std::move(names)}, files_{files},
    packer_{packer}, scheduler_{scheduler}, rows_opened_{rows_opened} {
  // nop
}

// -- time ---------------------------------------------------------------------

void row_sealer::advance_watermark(int64_t t, position upto) {
  read_upto(upto);
  // Between two events nothing happens: time goes from one to the next.
  auto eviction = watermark_ + 1;
  while (watermark_ < t) {
    auto next = t;
    if (!events_.empty())
      next = std::min(next, std::max<int64_t>(events_.next(), watermark_ + 1));
    auto full = unsealed_bytes_ > settings_.memory;
    if (full)
      next = std::min(next, std::max(eviction, watermark_ + 1));
    watermark_ = next;
    seal_due();
    if (full && watermark_ >= eviction && unsealed_bytes_ > settings_.memory)
      eviction = make_room();
  }
}

void row_sealer::due_after(std::chrono::seconds x) {
  if (x == settings_.flush_after)
    return;
  settings_.flush_after = x;
  for (size_t i = 0; i < files_.places(); ++i)
    if (auto& file = files_.at(i); file.in_use)
      reschedule(file);
}

void row_sealer::reschedule(cached_file& x) {
  auto next = event_of(x);
  if (next == x.event)
    return;
  set_event(x, next);
  if (next != end_of_time)
    events_.push(next, x.id);
  // What was sealed early leaves void events behind.
  if (events_.size() > 2 * scheduled_ + min_events)
    events_.keep_if([this](second32 at, file_id id) {
      auto* file = files_.find(id);
      return file != nullptr && file->event == at;
    });
}

second32 row_sealer::event_of(const cached_file& x) const {
  if (x.unsealed() == 0)
    return end_of_time;
  auto due = x.first_arrival + settings_.flush_after.count();
  if (auto jitter = settings_.flush_jitter.count(); jitter > 0)
    due += static_cast<int64_t>(names_->key(x.id)
                                % static_cast<uint64_t>(jitter));
  return to_second32(std::max(due, ready_at(x, x.rows.at(x.sealed))));
}

void row_sealer::set_event(cached_file& x, second32 at) {
  if (x.event != end_of_time)
    --scheduled_;
  if (at != end_of_time)
    ++scheduled_;
  x.event = at;
}

void row_sealer::seal_due() {
  while (!events_.empty() && events_.next() <= watermark_) {
    auto at = events_.next();
    auto* x = files_.find(events_.pop());
    if (x == nullptr || x->event != at)
      continue;
    set_event(*x, end_of_time);
    if (event_of(*x) <= watermark_)
      seal(*x);
    else
      reschedule(*x);
  }
}

// -- rows ---------------------------------------------------------------------

void row_sealer::row_opened(cached_file& x, uint32_t slot) {
  ++rows_;
  unsealed_bytes_ += files_.row_cost(x);
  if (x.rows.size() == 1)
    add_oldest(end_of(x, slot));
  else if (slot != x.rows.last_slot() && slot == x.rows.slot_at(0)) {
    remove_oldest(end_of(x, x.rows.slot_at(1)));
    add_oldest(end_of(x, slot));
  }
  if (x.unsealed() == 1)
    x.first_arrival = to_second32(watermark_);
  else if (slot == x.rows.last_slot())
    return; // Something older waits already.
  reschedule(x);
}

void row_sealer::rate_read(cached_file& x) {
  if (x.unsealed() > 0)
    reschedule(x);
}

void row_sealer::rows_added(cached_file& x) {
  rows_ += x.rows.size();
  sealed_bytes_ += x.sealed * files_.row_cost(x);
  unsealed_bytes_ += x.unsealed() * files_.row_cost(x);
  if (!x.rows.empty())
    add_oldest(end_of(x, x.rows.slot_at(0)));
  reschedule(x);
  scheduler_.ready(x);
}

void row_sealer::drop_rows(cached_file& x, uint32_t n) {
  auto sealed = std::min(n, x.sealed);
  auto cost = files_.row_cost(x);
  sealed_bytes_ -= sealed * cost;
  unsealed_bytes_ -= (n - sealed) * cost;
  rows_ -= n;
  x.sealed -= sealed;
  files_.handed(x) = 0;
  remove_oldest(end_of(x, x.rows.slot_at(0)));
  x.rows.pop_front(n);
  x.rows.fit(files_.shape(x));
  if (!x.rows.empty())
    add_oldest(end_of(x, x.rows.slot_at(0)));
}

void row_sealer::seal(cached_file& x) {
  seal_first(x, rows_over(x));
}

uint32_t row_sealer::rows_that_wait(const cached_file& x) const {
  if (files_.sources(x) == 1)
    return 0;
  uint32_t result = 0;
  x.rows.for_each(x.sealed, [&](row_view row) {
    auto over = over_at(x, row.slot()) <= watermark_;
    result += over ? 1 : 0;
    return over;
  });
  return result;
}

void row_sealer::seal_all(cached_file& x) {
  seal_first(x, static_cast<uint32_t>(x.unsealed()));
}

/// When the slot of a row is over.
int64_t
row_sealer::over_at(const cached_file& x, uint32_t slot) const noexcept {
  return end_of(x, slot) + files_.definition(x)->lateness;
}

/// When a row may be sealed, if no rate is read until then.
int64_t row_sealer::ready_at(const cached_file& x, row_view row) const {
  auto over = over_at(x, row.slot());
  auto& file = *files_.definition(x);
  if (file.sources.size() == 1)
    return over;
  return std::max(over,
                  awaited_until(file, x.many->heard, row_time(row, file)));
}

/// How many rows of the file may be sealed.
uint32_t row_sealer::rows_over(const cached_file& x) const {
  uint32_t result = 0;
  x.rows.for_each(x.sealed, [&](row_view row) {
    if (ready_at(x, row) > watermark_)
      return false;
    ++result;
    return true;
  });
  return result;
}

/// Seals the first `n` rows that are not sealed.
void row_sealer::seal_first(cached_file& x, uint32_t n) {
  if (n == 0)
    return;
  packer_.pack_before_write(x);
  auto& definition = *files_.definition(x);
  if (definition.sources.size() > 1)
    n += complete(x, n);
  x.sealed += n;
  x.sealed_until = std::max(
    x.sealed_until, to_second32(end_of(x, x.rows.slot_at(x.sealed - 1))));
  unsealed_bytes_ -= n * files_.row_cost(x);
  sealed_bytes_ += n * files_.row_cost(x);
  if (x.unsealed() > 0) {
    // When the first reading of what remains came is not known: not before its
    // slot began, if its clock is right.
    auto start = end_of(x, x.rows.slot_at(x.sealed)) - definition.step;
    x.first_arrival
      = to_second32(std::clamp<int64_t>(start, x.first_arrival, watermark_));
  }
  reschedule(x);
  scheduler_.sealed(x, position_);
}

/// @returns how many rows it added
uint32_t row_sealer::complete(cached_file& x, uint32_t n) {
  auto& previous = files_.previous(x);
  auto first = x.rows.slot_at(0);
  auto added = static_cast<uint32_t>(complete_rows(
    *files_.definition(x), previous, x.rows, files_.shape(x), x.sealed, n));
  files_.set_previous(x, previous);
  if (auto now = x.rows.slot_at(0); now != first) {
    remove_oldest(end_of(x, first));
    add_oldest(end_of(x, now));
  }
  rows_ += added;
  unsealed_bytes_ += added * files_.row_cost(x);
  rows_opened_.add(added);
  return added;
}

int64_t row_sealer::oldest_age() const noexcept {
  return oldest_.empty()
           ? 0
           : std::max<int64_t>(watermark_ - oldest_.begin()->first, 0);
}

void row_sealer::add_oldest(int64_t end) {
  ++oldest_[end];
}

void row_sealer::remove_oldest(int64_t end) {
  auto i = oldest_.find(end);
  if (--i->second == 0)
    oldest_.erase(i);
}

// -- eviction -----------------------------------------------------------------

// A list of a million candidates would take the very memory that is short: they
// are counted in buckets, and only the bucket in which there is enough is put
// in order.

/// Calls `f(x, bytes)` for each file that has waited since `until` or longer
/// and of which so many bytes can be sealed.
template <class F>
void row_sealer::each_candidate(second32 until, F f) {
  for (size_t i = 0; i < files_.places(); ++i) {
    auto& x = files_.at(i);
    if (x.unsealed() == 0 || x.first_arrival > until)
      continue;
    if (auto n = rows_over(x); n > 0)
      f(x, n * files_.row_cost(x));
  }
}

/// Seals so many bytes, if there are as many, what waits longest first.
void row_sealer::evict(uint64_t wanted) {
  std::map<second32, uint64_t> seconds;
  each_candidate(end_of_time, [&](cached_file& x, uint64_t bytes) {
    seconds[x.first_arrival] += bytes;
  });
  if (seconds.empty())
    return;
  auto goal = unsealed_bytes_ - std::min(unsealed_bytes_, wanted);
  auto last = seconds.begin();
  for (; last->second <= wanted && std::next(last) != seconds.end(); ++last)
    wanted -= last->second;
  std::array<uint64_t, size_t{1} << part_bits> parts{};
  each_candidate(last->first, [&](cached_file& x, uint64_t bytes) {
    if (x.first_arrival == last->first)
      parts[part_of(names_->key(x.id))] += bytes;
  });
  uint64_t part = 0;
  for (; parts[part] <= wanted && part + 1 < parts.size(); ++part)
    wanted -= parts[part];
  bucket divided{last->first, part};
  std::vector<std::pair<uint64_t, cached_file*>> ordered;
  each_candidate(last->first, [&](cached_file& x, uint64_t) {
    auto key = names_->key(x.id);
    bucket its{x.first_arrival, part_of(key)};
    if (its < divided)
      seal(x);
    else if (its == divided)
      ordered.emplace_back(key, &x);
  });
  std::sort(ordered.begin(), ordered.end());
  for (auto& [key, x] : ordered) {
    if (unsealed_bytes_ <= goal)
      break;
    seal(*x);
  }
}

/// Evicts rows until there is some room below the limit.
/// @returns when more can be sealed, if it did not suffice
int64_t row_sealer::make_room() {
  auto enough = settings_.memory - settings_.memory / 16;
  if (unsealed_bytes_ > enough)
    evict(unsealed_bytes_ - enough);
  auto next = std::numeric_limits<int64_t>::max();
  if (unsealed_bytes_ > settings_.memory)
    for (size_t i = 0; i < files_.places(); ++i) {
      auto& x = files_.at(i);
      if (x.unsealed() > 0)
        next = std::min(next, over_at(x, x.rows.slot_at(x.sealed)));
    }
  return next;
}

} // namespace rrdflow

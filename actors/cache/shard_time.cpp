// When rows are sealed.

#include "actors/cache/shard_engine.hpp"

#include <algorithm>

namespace rrdflow {

namespace {

/// So many events are no trouble, void or not.
constexpr size_t min_events = 1024;

} // namespace

void shard_engine::second(int64_t t, position upto) {
  position_ = std::max(position_, upto);
  // Between two events nothing happens: time goes from one to the next.
  auto relief = told_ + 1;
  while (told_ < t) {
    auto next = t;
    if (!events_.empty())
      next = std::min(next, std::max<int64_t>(events_.next(), told_ + 1));
    auto full = unsealed_bytes_ > settings_.memory;
    if (full)
      next = std::min(next, std::max(relief, told_ + 1));
    told_ = next;
    seal_due();
    if (full && told_ >= relief && unsealed_bytes_ > settings_.memory)
      relief = relieve();
  }
}

uint64_t shard_engine::flush(const std::vector<file_id>& files) {
  auto ticket
    = waits_.begin(false, files.empty() ? files_.size() : files.size());
  auto flush_one = [this](cached_file& x) {
    seal(x, false);
    if (x.sealed == 0)
      return;
    x.failures = 0;
    waits_.add(x.id, x.sealed);
    desk_.hurry(x);
  };
  for (auto id : files)
    if (auto* x = files_.find(id))
      flush_one(*x);
  for (size_t i = 0; files.empty() && i < files_.places(); ++i)
    if (files_.at(i).in_use)
      flush_one(files_.at(i));
  waits_.close();
  return ticket;
}

void shard_engine::due_after(std::chrono::seconds x) {
  if (x == settings_.flush_after)
    return;
  settings_.flush_after = x;
  for (size_t i = 0; i < files_.places(); ++i)
    if (auto& file = files_.at(i); file.in_use)
      reschedule(file);
}

int64_t
shard_engine::end_of(const cached_file& x, row_view row) const noexcept {
  return row.slot() * files_.definition(x)->step;
}

/// When the row may be sealed.
int64_t
shard_engine::over_at(const cached_file& x, row_view row) const noexcept {
  return end_of(x, row) + files_.definition(x)->lateness;
}

second32 shard_engine::event_of(const cached_file& x) const {
  if (x.unsealed() == 0)
    return never;
  auto due = x.first_arrival + settings_.flush_after.count();
  if (auto jitter = settings_.flush_jitter.count(); jitter > 0)
    due += static_cast<int64_t>(names_->key(x.id)
                                % static_cast<uint64_t>(jitter));
  return to_second32(std::max(due, over_at(x, x.rows.at(x.sealed))));
}

void shard_engine::set_event(cached_file& x, second32 at) {
  if (x.event != never)
    --scheduled_;
  if (at != never)
    ++scheduled_;
  x.event = at;
}

void shard_engine::reschedule(cached_file& x) {
  auto next = event_of(x);
  if (next == x.event)
    return;
  set_event(x, next);
  if (next != never)
    events_.push(next, x.id);
  // What was sealed early leaves void events behind.
  if (events_.size() > 2 * scheduled_ + min_events)
    events_.keep_if([this](second32 at, file_id id) {
      auto* file = files_.find(id);
      return file != nullptr && file->event == at;
    });
}

/// How many rows of the file could be sealed.
uint32_t shard_engine::rows_over(const cached_file& x) const noexcept {
  uint32_t result = 0;
  x.rows.for_each(x.sealed, [&](row_view row) {
    if (over_at(x, row) > told_)
      return false;
    ++result;
    return true;
  });
  return result;
}

void shard_engine::seal(cached_file& x, bool all) {
  auto n = all ? static_cast<uint32_t>(x.unsealed()) : rows_over(x);
  if (n == 0)
    return;
  touch(x);
  auto& definition = *files_.definition(x);
  if (definition.sources.size() > 1)
    fill_cells(definition, files_.past(x), x.rows, x.sealed, n);
  x.sealed += n;
  x.sealed_until
    = std::max(x.sealed_until, to_second32(end_of(x, x.rows.at(x.sealed - 1))));
  unsealed_bytes_ -= n * files_.row_cost(x);
  sealed_bytes_ += n * files_.row_cost(x);
  if (x.unsealed() > 0) {
    // Nobody remembers when the first reading of what remains came: not before
    // its slot began, if its clock is right.
    auto start = end_of(x, x.rows.at(x.sealed)) - definition.step;
    x.first_arrival
      = to_second32(std::clamp<int64_t>(start, x.first_arrival, told_));
  }
  reschedule(x);
  desk_.sealed(x, position_);
}

void shard_engine::seal_due() {
  while (!events_.empty() && events_.next() <= told_) {
    auto at = events_.next();
    auto* x = files_.find(events_.pop());
    if (x == nullptr || x->event != at)
      continue;
    set_event(*x, never);
    if (event_of(*x) <= told_)
      seal(*x, false);
    else
      reschedule(*x);
  }
}

} // namespace rrdflow

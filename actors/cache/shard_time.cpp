// When rows are sealed.

#include "actors/cache/shard_engine.hpp"

#include <algorithm>
#include <tuple>

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
      next = std::min(next, std::max(events_.top().first, told_ + 1));
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
  auto ticket = waits_.begin(false);
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

int64_t shard_engine::event_of(const cached_file& x) const {
  if (x.unsealed() == 0)
    return never;
  auto due = x.first_arrival + settings_.flush_after.count() + x.jitter;
  return std::max(due, x.over_at(x.rows.at(x.sealed)));
}

void shard_engine::reschedule(cached_file& x) {
  auto next = event_of(x);
  if (next == x.event)
    return;
  x.event = next;
  if (next == never)
    return;
  events_.emplace(next, x.id);
  // What was sealed early leaves void events behind.
  if (events_.size() > 2 * files_.places() + min_events)
    sweep_events();
}

void shard_engine::sweep_events() {
  std::vector<event> valid;
  for (size_t i = 0; i < files_.places(); ++i)
    if (auto& x = files_.at(i); x.in_use && x.event != never)
      valid.emplace_back(x.event, x.id);
  events_ = decltype(events_){std::greater<>{}, std::move(valid)};
}

void shard_engine::seal(cached_file& x, bool all) {
  uint32_t n = 0;
  x.rows.for_each(x.sealed, [&](row_view row) {
    if (!all && x.over_at(row) > told_)
      return false;
    ++n;
    return true;
  });
  if (n == 0)
    return;
  touch(x);
  if (x.rows.sources() > 1)
    fill_cells(*x.definition, x.past, x.rows, x.sealed, n);
  x.sealed += n;
  x.sealed_until = std::max(x.sealed_until, x.end_of(x.rows.at(x.sealed - 1)));
  x.sealed_at = position_;
  unsealed_bytes_ -= n * x.rows.row_bytes();
  sealed_bytes_ += n * x.rows.row_bytes();
  if (x.unsealed() > 0) {
    // Nobody remembers when the first reading of what remains came: not before
    // its slot began, if its clock is right.
    auto start = x.end_of(x.rows.at(x.sealed)) - x.definition->step;
    x.first_arrival = std::clamp(start, x.first_arrival, told_);
  }
  reschedule(x);
  desk_.ready(x);
}

void shard_engine::seal_due() {
  while (!events_.empty() && events_.top().first <= told_) {
    auto [at, id] = events_.top();
    events_.pop();
    auto* x = files_.find(id);
    if (x == nullptr || x->event != at)
      continue;
    x->event = never;
    if (event_of(*x) <= told_)
      seal(*x, false);
    else
      reschedule(*x);
  }
}

/// Seals the oldest rows until there is some room below the limit.
/// @returns when more can be sealed, if it did not suffice
int64_t shard_engine::relieve() {
  auto enough = settings_.memory - settings_.memory / 16;
  std::vector<std::tuple<int64_t, uint64_t, cached_file*>> candidates;
  for (size_t i = 0; i < files_.places(); ++i) {
    auto& x = files_.at(i);
    if (x.unsealed() > 0 && x.over_at(x.rows.at(x.sealed)) <= told_)
      candidates.emplace_back(x.first_arrival, names_->key(x.id), &x);
  }
  std::sort(candidates.begin(), candidates.end());
  for (auto& candidate : candidates) {
    if (unsealed_bytes_ <= enough)
      break;
    seal(*std::get<2>(candidate), false);
  }
  auto next = never;
  if (unsealed_bytes_ > settings_.memory)
    for (size_t i = 0; i < files_.places(); ++i) {
      auto& x = files_.at(i);
      if (x.unsealed() > 0)
        next = std::min(next, x.over_at(x.rows.at(x.sealed)));
    }
  return next;
}

} // namespace rrdflow

// What becomes of sealed rows.

#include "actors/cache/shard_engine.hpp"

#include <algorithm>
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

/// So many failures in a row are told to those who wait.
constexpr uint8_t max_failures = 3;

} // namespace

void shard_engine::synced(position x) {
  desk_.synced(x);
}

std::vector<write_job> shard_engine::take_jobs(bool urgent) {
  return desk_.take(urgent, [this](cached_file& x) { touch(x); });
}

void shard_engine::finish(const std::vector<write_outcome>& outcomes,
                          time_point now) {
  for (auto& outcome : outcomes) {
    auto* x = files_.find(outcome.file);
    if (x == nullptr || x->stage != file_stage::in_flight)
      continue;
    touch(*x);
    if (x->disowned) {
      x->disowned = false;
      desk_.returned(*x);
      forget_if_done(*x);
    } else if (outcome.status == write_status::done) {
      confirm(*x, outcome);
      written(now);
    } else if (outcome.status == write_status::postponed) {
      desk_.repeat(*x, now + postponed_pause);
    } else {
      fail(*x, outcome, now);
    }
  }
}

void shard_engine::wake(time_point now) {
  desk_.wake(now);
}

std::optional<shard_engine::time_point> shard_engine::next_wake() const {
  return desk_.next_wake();
}

uint64_t shard_engine::catch_up() {
  auto ticket = waits_.begin(true);
  for (size_t i = 0; i < files_.places(); ++i)
    if (auto& x = files_.at(i); x.sealed > 0)
      waits_.add(x.id, x.sealed);
  waits_.close();
  return ticket;
}

std::vector<wait_list::finished> shard_engine::take_finished() {
  return waits_.take_finished();
}

bool shard_engine::has_credit() const noexcept {
  return sealed_bytes_ <= settings_.memory;
}

void shard_engine::retire(const std::vector<file_id>& files,
                          int64_t idle_since) {
  for (auto id : files) {
    auto* x = files_.find(id);
    if (x == nullptr || x->newest_arrival >= idle_since)
      continue;
    touch(*x);
    x->retiring = true;
    forget_if_done(*x);
  }
}

uint64_t shard_engine::release(const std::vector<file_id>& files) {
  auto ticket = waits_.begin(false);
  for (auto id : files) {
    auto* x = files_.find(id);
    if (x == nullptr)
      continue;
    touch(*x);
    x->releasing = true;
    x->failures = 0;
    seal(*x, true);
    waits_.add(id, x->rows.size());
    desk_.hurry(*x);
    if (x->rows.empty())
      waits_.confirmed(id, 0, 0);
    forget_if_done(*x);
  }
  waits_.close();
  return ticket;
}

void shard_engine::confirm(cached_file& x, const write_outcome& outcome) {
  uint32_t n = x.handed;
  uint32_t inside = 0;
  auto& definition = *files_.definition(x);
  auto& past = files_.past(x);
  x.rows.for_each(0, [&, i = 0u](row_view row) mutable {
    if (i++ == n)
      return false;
    inside += end_of(x, row) <= outcome.last_update ? 1 : 0;
    pass(definition, past, row);
    return true;
  });
  files_.set_past(x, past);
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
    books_.rows_abandoned["unwritable"] += lost;
  books_.rows_written += n - lost;
  drop_rows(x, n);
  x.failures = 0;
  waits_.confirmed(x.id, n, n - lost);
  if (x.releasing)
    seal(x, true);
  desk_.returned(x);
  forget_if_done(x);
}

void shard_engine::fail(cached_file& x, const write_outcome& outcome,
                        time_point now) {
  auto shift = std::min<int>(x.failures, 7);
  x.failures = static_cast<uint8_t>(std::min(x.failures + 1, 255));
  desk_.repeat(x, now + std::min(first_pause * (1 << shift), longest_pause));
  if (x.failures < max_failures)
    return;
  waits_.note(x.id, problem(x, outcome.error));
  if (x.releasing)
    abandon(x, "forgotten");
  // While other files are written, the fault is this file's.
  auto alone
    = outcome.own_fault || (last_done_ && now - *last_done_ < recently);
  waits_.give_up(x.id, alone);
  if (!alone && x.failures == max_failures)
    failing_.push_back(x.id);
  forget_if_done(x);
}

void shard_engine::written(time_point now) {
  last_done_ = now;
  for (auto id : std::exchange(failing_, {}))
    if (auto* x = files_.find(id); x != nullptr && x->failures > 0)
      waits_.give_up(id, true);
}

void shard_engine::abandon(cached_file& x, const char* reason) {
  auto n = x.rows.size();
  if (n == 0)
    return;
  books_.rows_abandoned[reason] += n;
  drop_rows(x, n);
  if (x.stage != file_stage::in_flight)
    x.stage = file_stage::idle;
  reschedule(x);
  waits_.confirmed(x.id, n, 0);
}

void shard_engine::drop_rows(cached_file& x, uint32_t n) {
  auto sealed = std::min(n, x.sealed);
  auto cost = files_.row_cost(x);
  sealed_bytes_ -= sealed * cost;
  unsealed_bytes_ -= (n - sealed) * cost;
  rows_ -= n;
  x.sealed -= sealed;
  x.handed = 0;
  x.rows.pop_front(n);
  x.rows.fit(files_.shape(x));
}

void shard_engine::forget_if_done(cached_file& x) {
  auto unwanted = x.releasing || x.retiring;
  if (unwanted && x.rows.empty() && x.stage != file_stage::in_flight)
    files_.remove(x);
}

std::string
shard_engine::problem(const cached_file& x, const std::string& text) const {
  return std::string{names_->path(x.id)} + ": " + text;
}

} // namespace rrdflow

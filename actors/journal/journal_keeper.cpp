#include "actors/journal/journal_keeper.hpp"

#include "config/config.hpp"

#include <spdlog/spdlog.h>

#include <cstddef>
#include <utility>

namespace rrdflow {

namespace {

const char* advice(stall_reason x) {
  switch (x) {
    case stall_reason::journal_full:
      return "journal.max_size is reached; it goes on when rows are written";
    case stall_reason::disk_reserve:
      return "the disk has less room than limits.disk_reserve";
    case stall_reason::clock:
      return "the clock is behind the last arrival";
    case stall_reason::io:
      return "it cannot be written";
    default:
      return "";
  }
}

} // namespace

// -- requests -----------------------------------------------------------------

void pending_requests::add(const std::vector<uint64_t>& records, answer f) {
  auto x = std::make_shared<request>();
  x->records = records.size();
  x->f = std::move(f);
  for (auto number : records)
    xs_.emplace(number, record{x});
}

void pending_requests::done(uint64_t number, uint32_t shares,
                            request_outcome outcome) {
  auto i = xs_.find(number);
  if (i == xs_.end())
    return;
  auto of = i->second.of;
  auto& sum = of->sum;
  sum.rows += outcome.rows;
  sum.files += outcome.files;
  sum.waiting += outcome.waiting;
  sum.running += outcome.running;
  sum.messages += outcome.messages;
  sum.decoded += outcome.decoded;
  for (auto& failure : outcome.failures) {
    if (sum.failures.size() < max_failures)
      sum.failures.push_back(std::move(failure));
    else
      ++of->unnamed;
  }
  if (++i->second.shares < shares)
    return;
  xs_.erase(i);
  if (--of->records > 0)
    return;
  if (of->unnamed > 0)
    sum.failures.push_back("and " + std::to_string(of->unnamed) + " more");
  of->f(std::move(sum));
}

void pending_requests::refuse(const caf::error& why) {
  for (auto& [number, x] : std::exchange(xs_, {}))
    if (auto f = std::exchange(x.of->f, {}))
      f(why);
}

std::vector<std::string> pack_parts(const retire_request& x, size_t limit) {
  auto all = pack(x);
  if (all.size() <= limit || x.files.size() < 2)
    return {std::move(all)};
  auto middle
    = x.files.begin() + static_cast<std::ptrdiff_t>(x.files.size() / 2);
  auto result = pack_parts({{x.files.begin(), middle}, x.idle_since}, limit);
  for (auto& y : pack_parts({{middle, x.files.end()}, x.idle_since}, limit))
    result.push_back(std::move(y));
  return result;
}

// -- the actor ----------------------------------------------------------------

keeper_settings make_keeper_settings(const config& x) {
  keeper_settings result;
  result.store = x.store.directory;
  if (x.journal.sync == sync_policy::interval)
    result.interval = x.journal.sync_interval;
  return result;
}

journal_keeper_state::~journal_keeper_state() {
  requests_.refuse(fail(ec::shutting_down, "the flow has ended meanwhile"));
}

void journal_keeper_state::tick() {
  if (repairing_)
    repair();
  else if (!sync())
    return;
  make_room();
  announce_synced();
}

/// Rewrites what could not be synced, not more often than allowed.
void journal_keeper_state::repair() {
  until_repair_ -= settings_.interval;
  if (until_repair_.count() > 0)
    return;
  until_repair_ = settings_.repair_interval;
  if (auto err = journal_->writer().repair()) {
    spdlog::error("journal: cannot rewrite what was not synced: {}",
                  explain(err));
    return;
  }
  repairing_ = false;
  spdlog::warn("journal: rewrote what could not be synced");
  note_stall();
  if (settings_.resumed && noted_ == stall_reason::none)
    settings_.resumed();
}

/// Syncs; a failure ends the actor.
bool journal_keeper_state::sync() {
  auto err = journal_->writer().sync();
  if (!err)
    return true;
  spdlog::error("journal: sync failed: {}", explain(err));
  self_->quit(std::move(err));
  return false;
}

void journal_keeper_state::make_room() {
  // One that ends now is noted nevertheless.
  note_stall();
  auto ended = journal_->writer().make_room();
  note_stall();
  note_failure();
  if (ended && settings_.resumed)
    settings_.resumed();
}

void journal_keeper_state::announce_synced() {
  auto at = journal_->writer().synced();
  if (at == announced_)
    return;
  announced_ = at;
  for (auto& shard : shards_)
    self_->send(shard, atom::synced_v, at);
}

/// Rows whose flush was asked for do not wait for the next tick. Requests that
/// came during a sync share the next one.
void journal_keeper_state::sync_for_flush() {
  if (!flush_asked_ || repairing_ || !self_->mailbox().empty())
    return;
  flush_asked_ = false;
  if (sync())
    announce_synced();
}

void journal_keeper_state::note_stall() {
  auto reason = journal_->writer().stalled();
  if (std::exchange(noted_, reason) != reason)
    ++unlogged_;
  if (unlogged_ > 0 && stall_lines_.admit(self_->clock().now()))
    log_stall();
}

/// Names what went wrong without a stall, once.
void journal_keeper_state::note_failure() {
  auto why = journal_->writer().failure();
  auto text = why ? explain(why) : std::string{};
  if (!text.empty() && text != failure_ && noted_ == stall_reason::none)
    spdlog::warn("journal: no segment made ahead of need: {}", text);
  failure_ = std::move(text);
}

void journal_keeper_state::log_stall() {
  auto changes = std::exchange(unlogged_, 0);
  auto often = changes > 2 ? " (" + std::to_string(changes) + " changes)"
                           : std::string{};
  if (noted_ == stall_reason::none)
    spdlog::warn("journal: {}/journal takes messages again{}", settings_.store,
                 often);
  else if (auto why = journal_->writer().failure())
    spdlog::warn("journal: takes no messages ({}): {}{}", to_string(noted_),
                 explain(why), often);
  else
    spdlog::warn("journal: {}/journal takes no messages ({}): {}{}",
                 settings_.store, to_string(noted_), advice(noted_), often);
}

journal_keeper_state::promise
journal_keeper_state::append(record_kind kind,
                             const std::vector<std::string>& payloads) {
  auto result = self_->make_response_promise<request_outcome>();
  std::vector<uint64_t> records;
  for (auto& payload : payloads) {
    auto number = journal_->writer().append_request(kind, payload);
    if (!number) {
      result.deliver(std::move(number.error()));
      return result;
    }
    records.push_back(*number);
  }
  requests_.add(records, [result](caf::expected<request_outcome> x) mutable {
    if (x)
      result.deliver(std::move(*x));
    else
      result.deliver(std::move(x.error()));
  });
  return result;
}

journal_keeper_actor::behavior_type
journal_keeper_state::make_behavior(keeper_settings settings, journal_ptr x) {
  settings_ = std::move(settings);
  journal_ = std::move(x);
  repairing_ = journal_->writer().broken();
  if (repairing_)
    repair();
  note_stall();
  self_->delayed_send(self_, settings_.interval, atom::tick_v);
  return {
    [this](atom::tick) {
      self_->delayed_send(self_, settings_.interval, atom::tick_v);
      tick();
    },
    [this](atom::covered, position at) {
      journal_->writer().delete_covered(at);
    },
    [this](atom::last) -> position { return journal_->end(); },
    [this](atom::append, const rules_request& request) {
      return append(record_kind::rules, {pack(request)});
    },
    [this](atom::append, const flush_request& request) {
      auto result = append(record_kind::flush, {pack(request)});
      flush_asked_ = true;
      sync_for_flush();
      return result;
    },
    [this](atom::append, const retire_request& request) {
      return append(record_kind::retire,
                    pack_parts(request, journal_->writer().max_request()));
    },
    [this](atom::append, const forget_request& request) {
      return append(record_kind::forget, {pack(request)});
    },
    [this](atom::append, replay_request) {
      return append(record_kind::replay, {std::string{}});
    },
    [this](atom::done, uint64_t number, uint32_t shares,
           request_outcome& outcome) {
      sync_for_flush();
      requests_.done(number, shares, std::move(outcome));
    },
    [this](atom::subscribe, std::vector<cache_shard_actor>& shards) {
      shards_ = std::move(shards);
      announced_ = journal_->writer().synced();
      for (auto& shard : shards_)
        self_->send(shard, atom::synced_v, announced_);
    },
  };
}

} // namespace rrdflow

#include "actors/journal/journal_keeper.hpp"

#include "config/config.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace rrdflow {

namespace {

/// Nanoseconds.
constexpr int64_t log_interval = 60000000000;
constexpr unsigned max_lines = 10;

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

keeper_settings make_keeper_settings(const config& x) {
  keeper_settings result;
  result.store = x.store.directory;
  if (x.journal.sync == sync_policy::interval)
    result.interval = x.journal.sync_interval;
  return result;
}

journal_keeper_state::~journal_keeper_state() {
  for (auto& x : askers_)
    x.second.deliver(fail(ec::shutting_down, "the flow has ended meanwhile"));
}

void journal_keeper_state::tick() {
  if (mending_)
    mend();
  else if (!sync())
    return;
  make_room();
  tell_synced();
}

/// Rewrites what could not be synced, not more often than allowed.
void journal_keeper_state::mend() {
  until_mend_ -= settings_.interval;
  if (until_mend_.count() > 0)
    return;
  until_mend_ = settings_.mend_interval;
  if (auto err = journal_->writer().mend()) {
    spdlog::error("journal: cannot rewrite what was not synced: {}",
                  explain(err));
    return;
  }
  mending_ = false;
  spdlog::warn("journal: rewrote what could not be synced");
  note_stall();
  if (settings_.resumed && noted_ == stall_reason::none)
    settings_.resumed();
}

/// Syncs; a failure ends the actor.
bool journal_keeper_state::sync() {
  auto before = journal_->writer().synced();
  auto begin = settings_.boot_clock();
  if (auto err = journal_->writer().sync()) {
    spdlog::error("journal: sync failed: {}", explain(err));
    self_->quit(std::move(err));
    return false;
  }
  if (journal_->writer().synced() != before)
    sync_times_.add(static_cast<double>(settings_.boot_clock() - begin) / 1e9);
  return true;
}

void journal_keeper_state::make_room() {
  // One that ends now is told nevertheless.
  note_stall();
  auto ended = journal_->writer().make_room();
  note_stall();
  note_failure();
  if (ended && settings_.resumed)
    settings_.resumed();
}

void journal_keeper_state::tell_synced() {
  auto at = journal_->writer().synced();
  if (at == told_)
    return;
  told_ = at;
  for (auto& shard : shards_)
    self_->send(shard, atom::synced_v, at);
}

/// Rows whose flush was asked for do not wait for the next tick. Requests that
/// came during a sync share the next one.
void journal_keeper_state::sync_for_flush() {
  if (!flush_asked_ || mending_ || !self_->mailbox().empty())
    return;
  flush_asked_ = false;
  if (sync())
    tell_synced();
}

void journal_keeper_state::note_stall() {
  auto reason = journal_->writer().stalled();
  if (reason != noted_) {
    noted_ = reason;
    ++stalls_[static_cast<size_t>(reason)];
    ++unlogged_;
  }
  if (unlogged_ > 0)
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
  auto now = settings_.boot_clock();
  if (now >= log_until_) {
    log_until_ = now + log_interval;
    lines_ = max_lines;
  }
  if (lines_ == 0)
    return;
  --lines_;
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
journal_keeper_state::append(record_kind kind, std::string_view payload) {
  auto result = self_->make_response_promise<request_outcome>();
  auto number = journal_->writer().append_request(kind, payload);
  if (!number) {
    result.deliver(std::move(number.error()));
    return result;
  }
  requests_.open(*number);
  askers_.emplace(*number, result);
  return result;
}

metrics journal_keeper_state::stats() const {
  auto& writer = journal_->writer();
  auto& report = journal_->report();
  auto number = [](auto x) { return static_cast<double>(x); };
  metrics result{
    {"messages_taken_total", {}, {}, number(writer.last_sequence())},
    {"journal_waiting_messages", {}, {}, number(journal_->waiting())},
    {"journal_bytes", {}, {}, number(writer.bytes())},
    {"journal_gap_messages_total", {}, {}, number(report.lost_messages)},
    {"journal_torn_bytes", {}, {}, number(report.torn_bytes)},
  };
  auto stalled = writer.stalled();
  for (auto reason : {stall_reason::journal_full, stall_reason::disk_reserve,
                      stall_reason::clock, stall_reason::io})
    result.push_back({"stalled",
                      {"reason", to_string(reason)},
                      {},
                      reason == stalled ? 1.0 : 0.0});
  for (auto reason : {stall_reason::journal_full, stall_reason::disk_reserve,
                      stall_reason::clock, stall_reason::io})
    result.push_back({"stalls_total",
                      {"reason", to_string(reason)},
                      {},
                      number(stalls_[static_cast<size_t>(reason)])});
  sync_times_.collect(result);
  return result;
}

journal_keeper_actor::behavior_type
journal_keeper_state::make_behavior(keeper_settings settings, journal_ptr x) {
  settings_ = std::move(settings);
  journal_ = std::move(x);
  mending_ = journal_->writer().broken();
  if (mending_)
    mend();
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
      return append(record_kind::rules, pack(request));
    },
    [this](atom::append, const flush_request& request) {
      auto result = append(record_kind::flush, pack(request));
      flush_asked_ = true;
      sync_for_flush();
      return result;
    },
    [this](atom::append, const retire_request& request) {
      return append(record_kind::retire, pack(request));
    },
    [this](atom::append, const forget_request& request) {
      return append(record_kind::forget, pack(request));
    },
    [this](atom::done, uint64_t number, uint32_t shares,
           request_outcome& outcome) {
      sync_for_flush();
      auto sum = requests_.done(number, shares, std::move(outcome));
      if (!sum)
        return;
      auto i = askers_.find(number);
      i->second.deliver(std::move(*sum));
      askers_.erase(i);
    },
    [this](atom::subscribe, std::vector<cache_shard_actor>& shards) {
      shards_ = std::move(shards);
      told_ = journal_->writer().synced();
      for (auto& shard : shards_)
        self_->send(shard, atom::synced_v, told_);
    },
    [this](atom::stats) { return stats(); },
  };
}

journal_keeper_actor::behavior_type journal_keeper(
  journal_keeper_actor::stateful_pointer<journal_keeper_state> self,
  keeper_settings settings, journal_ptr x) {
  return self->state.make_behavior(std::move(settings), std::move(x));
}

} // namespace rrdflow

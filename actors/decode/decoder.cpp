#include "actors/decode/decoder.hpp"

#include "actors/base/gather.hpp"
#include "actors/base/printable.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

constexpr std::chrono::milliseconds slice_time{5};
constexpr size_t slice_records = 1024;

/// Between two looks at the clock.
constexpr size_t step_records = 128;

constexpr std::chrono::milliseconds hold_time{10};

/// Of each reason one line is written in this time: of what is likely meant so,
/// or of something that is wrong.
constexpr std::chrono::hours ignored_pause{1};
constexpr std::chrono::seconds trouble_pause{10};

/// Of each reason, for people who ask without saying what for.
constexpr size_t few = 20;

/// Whether the log has lines of that reason; not of what somebody asked for.
bool is_told(unstored_reason why) {
  if (why.kind() == unstored_kind::passed)
    return false;
  if (why.kind() != unstored_kind::ignored)
    return true;
  auto is = [&](ignore_reason x) {
    return why.index() == unstored_reason{x}.index();
  };
  return is(ignore_reason::no_rule) || is(ignore_reason::text)
         || is(ignore_reason::no_value);
}

std::string number_of(uint64_t n, const char* what) {
  return std::to_string(n) + ' ' + what + (n == 1 ? "" : "s");
}

std::string first_of(const unstored_messages::line& x) {
  constexpr size_t enough = 1000;
  return std::string{x.count == 1 ? " on " : ", first on "}
         + printable(x.first.topic) + ": " + printable(x.first.text, enough);
}

/// Bytes of one piece of a snapshot.
constexpr size_t piece_size = 4 << 20;

} // namespace

decoder_state::~decoder_state() {
  if (feed_ != nullptr)
    feed_->wake_with({});
}

// -- decoder_output -----------------------------------------------------------

template <class... Ts>
void decoder_state::tell_shards(const Ts&... xs) {
  for (auto& shard : peers_.shards)
    self_->send(shard, xs...);
}

template <class Answer, class Handle, class F, class... Ts>
void decoder_state::ask(const Handle& hdl, F f, Ts&&... xs) {
  self_->request(hdl, caf::infinite, std::forward<Ts>(xs)...)
    .then(
      [this, f](const Answer& answer) {
        f(answer);
        if (waiting_)
          schedule();
      },
      [this](caf::error& error) { self_->quit(std::move(error)); });
}

void decoder_state::open(uint32_t shard, std::vector<file_binding> xs) {
  self_->send(peers_.shards[shard], atom::open_v, std::move(xs));
}

void decoder_state::put(uint32_t shard, sample_batch x) {
  ask<uint64_t>(
    peers_.shards[shard],
    [this, shard](uint64_t n) { engine_->credit(shard, n); }, atom::put_v,
    std::move(x));
}

void decoder_state::retire(uint32_t shard, std::vector<file_id> files,
                           int64_t idle_since) {
  self_->send(peers_.shards[shard], atom::retire_v, std::move(files),
              idle_since);
}

void decoder_state::release(uint32_t shard, std::vector<file_id> files,
                            bool remove) {
  ask<request_outcome>(
    peers_.shards[shard],
    [this](const request_outcome& x) { engine_->released(x); }, atom::release_v,
    std::move(files), remove);
}

void decoder_state::second(int64_t t, position at) {
  tell_shards(atom::second_v, t, at);
}

void decoder_state::name_rules(const std::vector<std::string>& names) {
  tell_shards(atom::name_rules_v, names);
}

void decoder_state::due_after(int64_t seconds) {
  tell_shards(atom::due_v, seconds);
}

void decoder_state::flush(uint64_t request, const std::vector<file_id>& files) {
  tell_shards(atom::flush_v, request, files);
}

void decoder_state::resolve(std::vector<new_series> xs) {
  ask<std::vector<resolution>>(
    peers_.catalog,
    [this](const std::vector<resolution>& answers) {
      if (auto error = engine_->resolved(answers))
        self_->quit(std::move(error));
    },
    atom::resolve_v, std::move(xs));
}

void decoder_state::find_series(const std::string& series) {
  ask<std::vector<series_info>>(
    peers_.catalog,
    [this](const std::vector<series_info>& xs) { engine_->found(xs); },
    atom::list_v, exact_query(series));
}

void decoder_state::find_matches(const std::string& glob) {
  ask<std::vector<series_info>>(
    peers_.catalog,
    [this](const std::vector<series_info>& xs) { engine_->found(xs); },
    atom::forget_v, glob);
}

void decoder_state::free_names(std::vector<file_id> files) {
  ask<caf::ok_atom>(
    peers_.catalog, [this](caf::ok_atom) { engine_->freed(); }, atom::release_v,
    std::move(files));
}

void decoder_state::retired(std::vector<file_id> files) {
  self_->send(peers_.catalog, atom::retire_v, std::move(files));
}

void decoder_state::done(uint64_t request, request_outcome x) {
  self_->send(peers_.keeper, atom::done_v, request, uint32_t{1}, std::move(x));
}

// -- the loop -----------------------------------------------------------------

void decoder_state::schedule() {
  if (scheduled_)
    return;
  scheduled_ = true;
  self_->send(self_, atom::work_v);
}

void decoder_state::more() {
  if (scheduled_)
    return;
  if (self_->clock().now() >= drained_at_ + linger_)
    return schedule();
  scheduled_ = true;
  self_->delayed_send(self_, linger_, atom::work_v);
}

void decoder_state::work() {
  scheduled_ = false;
  waiting_ = false;
  if (hold_ != nullptr && hold_->load()) {
    scheduled_ = true;
    self_->delayed_send(self_, hold_time, atom::work_v);
    return;
  }
  auto end = self_->clock().now() + slice_time;
  for (size_t n = 0; n < slice_records; n += step_records) {
    auto result = engine_->step(step_records);
    log_unstored();
    if (result == step_result::drained)
      return drained();
    if (result == step_result::waiting) {
      log_failed_look();
      waiting_ = true;
      return;
    }
    if (result == step_result::failed)
      return self_->quit(feed_->failure());
    if (self_->clock().now() >= end)
      break;
  }
  engine_->flush();
  schedule();
}

void decoder_state::drained() {
  if (linger_.count() > 0)
    drained_at_ = self_->clock().now();
  // The second that the clock shows belongs to it; if records came meanwhile,
  // the feed wakes this actor again.
  if (catching_up_.empty() || !engine_->tick())
    return;
  gather<caf::ok_atom>(
    self_, peers_.shards, caf::infinite,
    [this, askers = std::exchange(catching_up_, {})](auto round) mutable {
      if (round.error)
        return self_->quit(std::move(round.error));
      for (auto& x : askers)
        x.deliver(caf::ok_atom_v);
    },
    atom::caught_up_v);
}

uint64_t
decoder_state::mark(uint64_t marker, const caf::strong_actor_ptr& asker) {
  auto cut = engine_->cut();
  tell_shards(atom::marker_v, marker, cut.at, asker);
  auto snapshotter = caf::actor_cast<caf::actor>(asker);
  for (size_t begin = 0; snapshotter; begin += piece_size) {
    auto end = std::min(begin + piece_size, cut.memory.size());
    auto last = end == cut.memory.size();
    snapshot_part part;
    part.marker = marker;
    part.at = cut.at;
    part.owner = decoder_part;
    part.bytes.assign(cut.memory.begin() + static_cast<ptrdiff_t>(begin),
                      cut.memory.begin() + static_cast<ptrdiff_t>(end));
    part.last = last;
    caf::anon_send(snapshotter, atom::part_v, std::move(part));
    if (last)
      break;
  }
  return cut.at;
}

// -- the log ------------------------------------------------------------------

void decoder_state::log_unstored() {
  auto& unstored = engine_->unstored();
  if (!unstored.any_line())
    return;
  auto now = self_->clock().now();
  for (size_t i = 0; i < unstored_reason::count; ++i) {
    auto why = unstored_reason::at(i);
    if (!is_told(why) || !unstored.has_line(why) || !lines_[i].admit(now))
      continue;
    auto x = unstored.take_line(why);
    auto what = first_of(x);
    auto n = x.count;
    switch (why.kind()) {
      case unstored_kind::refused:
        spdlog::warn("{} refused{}", number_of(n, "reading"), what);
        break;
      case unstored_kind::dead:
        spdlog::warn("{} could not be decoded{}", number_of(n, "message"),
                     what);
        break;
      case unstored_kind::ignored:
        spdlog::info("{} ignored{}", number_of(n, "message"), what);
        break;
      default:
        spdlog::warn("{}{}", number_of(n, "warning"), what);
        break;
    }
  }
}

/// Looking ahead may fail without harm: all is read once more when it is due.
void decoder_state::log_failed_look() {
  auto why = feed_->failure();
  if (why && why != failed_look_)
    spdlog::warn("journal: looking ahead failed: {}", explain(why));
  failed_look_ = std::move(why);
}

decoder_actor::behavior_type
decoder_state::make_behavior(decoder_settings settings,
                             std::shared_ptr<journal_feed> feed,
                             decoder_peers peers, decoder_start start) {
  feed_ = std::move(feed);
  peers_ = std::move(peers);
  hold_ = settings.hold;
  linger_ = settings.linger;
  settings.shards = static_cast<uint32_t>(peers_.shards.size());
  for (size_t i = 0; i < unstored_reason::count; ++i) {
    auto ignored = unstored_reason::at(i).kind() == unstored_kind::ignored;
    lines_[i] = log_throttle{ignored ? std::chrono::seconds{ignored_pause}
                                     : trouble_pause};
  }
  engine_ = std::make_unique<decoder_engine>(std::move(settings), feed_, *this);
  if (auto error = engine_->start(std::move(start))) {
    self_->quit(std::move(error));
  } else {
    // Weak: the feed must not keep this actor alive.
    auto weak = caf::actor_cast<caf::actor_addr>(self_);
    feed_->wake_with([weak] {
      if (auto hdl = caf::actor_cast<caf::actor>(weak))
        caf::anon_send(hdl, atom::more_v);
    });
    schedule();
  }
  return {
    [this](atom::more) { more(); },
    [this](atom::tick) {
      if (hold_ == nullptr || !hold_->load())
        engine_->tick();
    },
    [this](atom::marker, uint64_t marker) -> uint64_t {
      return mark(marker, self_->current_sender());
    },
    [this](atom::caught_up) {
      auto result = self_->make_response_promise<caf::ok_atom>();
      catching_up_.push_back(result);
      schedule();
      return result;
    },
    [this](atom::dead) -> std::vector<dead_message> {
      auto& xs = engine_->counters().last_dead();
      return {xs.rbegin(), xs.rend()};
    },
    [this](atom::describe, const std::vector<series_info>& xs) {
      return engine_->describe(xs);
    },
    [this](atom::why, const std::vector<std::string>& topics) {
      return engine_->unstored().list(topics, few);
    },
    [this](atom::work) { work(); },
  };
}

} // namespace rrdflow

#include "actors/decode/decoder.hpp"

#include "actors/base/printable.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>

namespace rrdflow {

namespace {

constexpr std::chrono::milliseconds slice_time{5};
constexpr size_t slice_records = 1024;

/// Between two looks at the clock.
constexpr size_t step_records = 128;

constexpr std::chrono::milliseconds hold_time{10};
constexpr std::chrono::seconds log_interval{10};

/// Bytes of one piece of a snapshot.
constexpr size_t piece_size = 4 << 20;

} // namespace

decoder_state::~decoder_state() {
  if (feed_ != nullptr)
    feed_->wake_with({});
}

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

void decoder_state::answered() {
  if (waiting_)
    schedule();
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
    log_dead();
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
  // the feed wakes us again.
  if (!catching_up_.empty() && engine_->tick())
    ask_shards(std::move(catching_up_));
}

void decoder_state::ask_shards(std::vector<ready_promise> askers) {
  catching_up_.clear();
  struct round {
    std::vector<ready_promise> askers;
    size_t missing;
  };
  auto& shards = mailer_->peers().shards;
  auto all = std::make_shared<round>(round{std::move(askers), shards.size()});
  for (auto& shard : shards)
    self_->request(shard, caf::infinite, atom::caught_up_v)
      .then(
        [all](caf::ok_atom) {
          if (--all->missing == 0)
            for (auto& x : all->askers)
              x.deliver(caf::ok_atom_v);
        },
        [this](caf::error& x) { self_->quit(std::move(x)); });
}

uint64_t
decoder_state::mark(uint64_t marker, const caf::strong_actor_ptr& asker) {
  auto cut = engine_->cut();
  for (auto& shard : mailer_->peers().shards)
    self_->send(shard, atom::marker_v, marker, cut.at, asker);
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

void decoder_state::log_dead() {
  auto& books = engine_->books();
  auto dead = books.dead_messages();
  auto now = self_->clock().now();
  if (dead == dead_logged_ || now < next_log_ || books.last_dead().empty())
    return;
  next_log_ = now + log_interval;
  auto& last = books.last_dead().back();
  spdlog::warn("{} messages could not be decoded, at last on {}: {}",
               dead - dead_logged_, printable(last.topic), last.reason);
  dead_logged_ = dead;
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
  hold_ = settings.hold;
  linger_ = settings.linger;
  settings.shards = static_cast<uint32_t>(peers.shards.size());
  mailer_ = std::make_unique<decoder_mailer>(self_, std::move(peers),
                                             [this] { answered(); });
  engine_
    = std::make_unique<decoder_engine>(std::move(settings), feed_, *mailer_);
  mailer_->connect(*engine_);
  if (auto error = engine_->start(std::move(start))) {
    self_->quit(std::move(error));
  } else {
    dead_logged_ = engine_->books().dead_messages();
    // Weak: the feed must not keep us alive.
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
      auto& xs = engine_->books().last_dead();
      return {xs.rbegin(), xs.rend()};
    },
    [this](atom::work) { work(); },
    [this](atom::stats) -> metrics { return engine_->stats(); },
  };
}

decoder_actor::behavior_type
decoder(decoder_actor::stateful_pointer<decoder_state> self,
        decoder_settings settings, std::shared_ptr<journal_feed> feed,
        decoder_peers peers, decoder_start start) {
  return self->state.make_behavior(std::move(settings), std::move(feed),
                                   std::move(peers), std::move(start));
}

} // namespace rrdflow

#include "actors/snapshot/snapshotter.hpp"

#include "messages/error.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace rrdflow {

namespace {

using namespace std::chrono_literals;

std::chrono::milliseconds tick_interval(std::chrono::milliseconds every) {
  return std::clamp<std::chrono::milliseconds>(every / 10, 20ms, 1s);
}

} // namespace

void snapshotter_state::fail_with(caf::error err) {
  spdlog::error("snapshot {}: {}", round_->marker(), explain(err));
  if (err != ec::disk_full)
    return self_->quit(std::move(err));
  // The files are all right: there may be room for the next one.
  round_->abandon();
  writer_.reset();
  for (auto& x : served_)
    x.deliver(err);
  served_.clear();
}

void snapshotter_state::pump() {
  auto now = self_->clock().now();
  if (round_->overdue(now)) {
    spdlog::warn("snapshot {} given up: not all parts came in time",
                 round_->marker());
    round_->abandon();
    writer_.reset();
    asked_.insert(asked_.end(), served_.begin(), served_.end());
    served_.clear();
  }
  if (round_->due(now, journal_end_, !asked_.empty()))
    begin_snapshot();
}

void snapshotter_state::begin_snapshot() {
  auto marker = round_->begin(self_->clock().now(), journal_end_);
  served_ = std::move(asked_);
  asked_.clear();
  self_->request(decoder_, caf::infinite, atom::marker_v, marker)
    .then([](position) { /* it is in the decoder's part, too */ },
          [this](caf::error& err) { self_->quit(std::move(err)); });
}

void snapshotter_state::take(const snapshot_part& x) {
  if (!round_->running() || x.marker != round_->marker())
    return; // of one that was given up
  if (!writer_) {
    at_ = x.at;
    auto writer = snapshot_writer::create(settings_.folder, x.marker, x.at);
    if (!writer)
      return fail_with(std::move(writer.error()));
    writer_.emplace(std::move(*writer));
  }
  if (auto err = writer_->add(x.owner, {x.bytes.data(), x.bytes.size()}))
    return fail_with(std::move(err));
  if (x.last && round_->arrived(x.owner))
    if (auto err = commit())
      fail_with(std::move(err));
}

caf::error snapshotter_state::commit() {
  if (auto err = settings_.sync_files())
    return err;
  if (auto err = writer_->commit())
    return err;
  auto marker = round_->marker();
  round_->committed(writer_->size(), at_);
  writer_.reset();
  committed_at_ = self_->clock().now();
  if (settings_.committed != nullptr)
    settings_.committed->add();
  if (settings_.last) {
    if (auto err = drop_snapshots(settings_.folder, settings_.last->first))
      spdlog::warn("old snapshots stay: {}", explain(err));
    settings_.drop_undo_logs(settings_.last->first);
    self_->send(keeper_, atom::covered_v, settings_.last->second);
  }
  settings_.last.emplace(marker, at_);
  for (auto& x : served_)
    x.deliver(marker);
  served_.clear();
  return caf::none;
}

snapshotter_actor::behavior_type
snapshotter_state::make_behavior(snapshotter_settings settings,
                                 decoder_actor decoder,
                                 journal_keeper_actor keeper) {
  settings_ = std::move(settings);
  decoder_ = std::move(decoder);
  keeper_ = std::move(keeper);
  committed_at_ = self_->clock().now();
  age_.emplace(
    settings_.registry,
    metric_info{"snapshot_age_seconds", "Age of the last committed snapshot."},
    [this, clock = &self_->clock()] {
      std::chrono::duration<double> age = clock->now() - committed_at_.load();
      return age.count();
    });
  round_.emplace(settings_.every, settings_.shards + 1, settings_.newest_marker,
                 committed_at_.load());
  self_->delayed_send(self_, tick_interval(settings_.every), atom::tick_v);
  return {
    [this](atom::tick) {
      self_->delayed_send(self_, tick_interval(settings_.every), atom::tick_v);
      self_->request(keeper_, caf::infinite, atom::last_v)
        .then(
          [this](position end) {
            journal_end_ = end;
            pump();
          },
          [this](caf::error& err) { self_->quit(std::move(err)); });
    },
    [this](atom::part, const snapshot_part& x) { take(x); },
    [this](atom::due, int64_t every) {
      settings_.every = std::chrono::milliseconds{every};
      round_->every(settings_.every);
    },
    [this](atom::snapshot) {
      auto result = self_->make_response_promise<uint64_t>();
      asked_.push_back(result);
      pump();
      return result;
    },
  };
}

} // namespace rrdflow

#include "actors/reaper/reaper.hpp"

#include "messages/error.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

constexpr std::chrono::seconds tick_interval{1};

} // namespace

void reaper_state::look() {
  auto since = settings_.now() - settings_.after.count();
  plan_.begin(since, shards_.size());
  for (auto& shard : shards_)
    self_->request(shard, caf::infinite, atom::idle_v, since)
      .then([this](const std::vector<uint32_t>& files) { add(files); },
            [this](caf::error& err) {
              spdlog::warn("reaper: a shard does not answer: {}", explain(err));
              add({});
            });
}

void reaper_state::add(const std::vector<file_id>& files) {
  plan_.add(files);
  request_next();
}

void reaper_state::request_next() {
  auto next = plan_.next(*names_);
  if (!next)
    return;
  self_->request(keeper_, caf::infinite, atom::append_v, std::move(*next))
    .then(
      [this](const request_outcome&) {
        plan_.done();
        request_next();
      },
      [this](caf::error& err) {
        spdlog::warn("reaper: idle files stay for now: {}", explain(err));
        plan_.give_up();
      });
}

reaper_actor::behavior_type
reaper_state::make_behavior(reaper_settings settings,
                            std::vector<cache_shard_actor> shards,
                            std::shared_ptr<file_names> names,
                            journal_keeper_actor keeper) {
  settings_ = std::move(settings);
  shards_ = std::move(shards);
  names_ = std::move(names);
  keeper_ = std::move(keeper);
  next_look_ = self_->clock().now() + reap_interval(settings_.after);
  self_->delayed_send(self_, tick_interval, atom::tick_v);
  return {
    [this](atom::tick) {
      self_->delayed_send(self_, tick_interval, atom::tick_v);
      auto now = self_->clock().now();
      if (now < next_look_)
        return;
      next_look_ = now + reap_interval(settings_.after);
      if (settings_.after.count() > 0 && !plan_.busy())
        look();
    },
    [this](atom::due, int64_t after) {
      settings_.after = std::chrono::seconds{after};
      next_look_ = std::min(next_look_, self_->clock().now()
                                          + reap_interval(settings_.after));
    },
  };
}

reaper_actor::behavior_type
reaper(reaper_actor::stateful_pointer<reaper_state> self,
       reaper_settings settings, std::vector<cache_shard_actor> shards,
       std::shared_ptr<file_names> names, journal_keeper_actor keeper) {
  return self->state.make_behavior(std::move(settings), std::move(shards),
                                   std::move(names), std::move(keeper));
}

} // namespace rrdflow

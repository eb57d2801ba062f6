#include "actors/reaper/reaper.hpp"

#include "actors/base/gather.hpp"
#include "messages/error.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

constexpr std::chrono::seconds tick_interval{1};
constexpr std::chrono::minutes answer_timeout{10};

/// What a name takes in a request beside its bytes, at most.
constexpr size_t name_header = 5;

} // namespace

std::chrono::seconds reap_interval(std::chrono::seconds after) {
  return std::clamp(after / 24, std::chrono::seconds{1},
                    std::chrono::seconds{600});
}

void reaper_state::look() {
  busy_ = true;
  idle_since_ = settings_.now() - settings_.after.count();
  auto done = [this](gathered<std::vector<file_id>> x) {
    if (x.error)
      spdlog::warn("reaper: a shard does not answer: {}", explain(x.error));
    for (auto& files : x.answers)
      files_.insert(files_.end(), files.begin(), files.end());
    request_next();
  };
  gather<std::vector<file_id>>(self_, shards_, answer_timeout, std::move(done),
                               atom::idle_v, idle_since_);
}

void reaper_state::request_next() {
  busy_ = !files_.empty();
  if (!busy_)
    return;
  retire_request request;
  request.idle_since = idle_since_;
  size_t bytes = 0;
  while (!files_.empty() && request.files.size() < max_retired_files) {
    auto path = names_->path(files_.back());
    bytes += path.size() + name_header;
    if (!request.files.empty() && bytes > settings_.request_bytes)
      break;
    request.files.emplace_back(path);
    files_.pop_back();
  }
  self_->request(keeper_, caf::infinite, atom::append_v, std::move(request))
    .then([this](const request_outcome&) { request_next(); },
          [this](caf::error& err) {
            spdlog::warn("reaper: idle files stay for now: {}", explain(err));
            // The next look finds them again.
            files_.clear();
            busy_ = false;
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
      if (settings_.after.count() > 0 && !busy_)
        look();
    },
    [this](atom::due, int64_t after) {
      settings_.after = std::chrono::seconds{after};
      next_look_ = std::min(next_look_, self_->clock().now()
                                          + reap_interval(settings_.after));
    },
  };
}

} // namespace rrdflow

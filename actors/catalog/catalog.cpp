#include "actors/catalog/catalog.hpp"

#include "messages/error.hpp"

#include <caf/actor_clock.hpp>
#include <caf/error.hpp>
#include <caf/result.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <utility>

using namespace std::chrono_literals;

namespace rrdflow {

namespace {

/// Bytes of index.txt for one second more between two writes of it.
constexpr size_t index_bytes_per_second = 4 << 20;

/// Known series for one second more between a start and the first look at
/// index.txt: to order their names can wait, the DECODER's questions cannot.
constexpr size_t ordered_per_second = 100'000;

} // namespace

void catalog_state::advance() {
  while (!queue_.empty() && outstanding_ == 0) {
    auto& w = queue_.front();
    if (w.failure) {
      w.promise.deliver(std::move(w.failure));
      queue_.pop_front();
      continue;
    }
    auto unknown = engine_->needs_description(w.series, w.known);
    if (!unknown.empty())
      return describe(unknown);
    auto answers = engine_->resolve(w.series, w.known);
    auto promise = std::move(w.promise);
    queue_.pop_front();
    after_commit([promise, answers = std::move(answers)]() mutable {
      promise.deliver(std::move(answers));
    });
  }
}

void catalog_state::describe(const std::vector<file_id>& files) {
  std::map<uint32_t, std::vector<file_id>> by_shard;
  for (auto id : files)
    by_shard[engine_->shard_of(id)].push_back(id);
  outstanding_ = by_shard.size();
  for (auto& [shard, ids] : by_shard)
    self_->request(writers_[shard], caf::infinite, atom::describe_v, ids)
      .then(
        [this, ids = ids](std::vector<file_info>& infos) {
          for (size_t i = 0; i < ids.size(); ++i)
            queue_.front().known[ids[i]] = std::move(infos[i]);
          described(caf::none);
        },
        [this](caf::error& err) { described(std::move(err)); });
}

void catalog_state::described(caf::error failure) {
  if (failure)
    queue_.front().failure = std::move(failure);
  if (--outstanding_ == 0)
    advance();
}

void catalog_state::after_commit(std::function<void()> f) {
  held_.push_back(std::move(f));
  commit();
}

void catalog_state::commit() {
  if (auto err = engine_->commit()) {
    if (err != ec::disk_full) {
      spdlog::error("{}", explain(err));
      return self_->quit(std::move(err));
    }
    if (!std::exchange(disk_full_, true))
      spdlog::warn("{}; new series wait until there is room", explain(err));
    return;
  }
  if (std::exchange(disk_full_, false))
    spdlog::info("catalog: there is room again");
  for (auto& f : std::exchange(held_, {}))
    f();
}

void catalog_state::tend_index() {
  auto now = self_->clock().now();
  if (!engine_->index_stale() || now < next_index_)
    return;
  auto size = engine_->write_index();
  if (size)
    next_index_
      = now + 1s + std::chrono::seconds{*size / index_bytes_per_second};
  else if (!index_failed_)
    spdlog::warn("index.txt: {}", explain(size.error()));
  index_failed_ = !size;
}

catalog_actor::behavior_type
catalog_state::make_behavior(catalog_engine engine,
                             std::vector<rrd_writer_actor> writers) {
  engine_.emplace(std::move(engine));
  writers_ = std::move(writers);
  next_index_ = self_->clock().now() + 1s
                + std::chrono::seconds{engine_->series() / ordered_per_second};
  self_->send(self_, atom::tick_v);
  return {
    [this](atom::resolve, std::vector<new_series>& xs)
      -> caf::typed_response_promise<resolutions> {
      auto promise = self_->make_response_promise<resolutions>();
      queue_.push_back({std::move(xs), promise, {}, {}});
      advance();
      return promise;
    },
    [this](atom::retire, const std::vector<file_id>& files) {
      // On disk with the next answer or tick: a replay would retire them again.
      engine_->retire(files);
    },
    [this](atom::forget, const std::string& glob) {
      return engine_->matches(glob);
    },
    [this](atom::release, const std::vector<file_id>& files)
      -> caf::typed_response_promise<caf::ok_atom> {
      auto promise = self_->make_response_promise<caf::ok_atom>();
      engine_->release(files);
      after_commit([promise]() mutable { promise.deliver(caf::ok_atom_v); });
      return promise;
    },
    [this](atom::tick) {
      self_->delayed_send(self_, 1s, atom::tick_v);
      commit();
      tend_index();
      for (auto& note : engine_->take_notes())
        spdlog::warn("{}", note);
    },
    [this](atom::list, const series_query& query) {
      return engine_->list(query);
    },
    [this](atom::list, const tree_query& query) {
      return engine_->level(query);
    },
    [this](atom::find, const std::string& path) -> caf::result<series_info> {
      if (auto series = engine_->series_in(path))
        return std::move(*series);
      return fail(ec::not_found, "there is no such file");
    },
    [this](atom::index) { return engine_->index_text(); },
  };
}

} // namespace rrdflow

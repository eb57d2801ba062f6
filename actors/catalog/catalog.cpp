#include "actors/catalog/catalog.hpp"

#include "messages/error.hpp"
#include "messages/request.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>
#include <caf/error.hpp>
#include <caf/result.hpp>
#include <caf/send.hpp>

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

file_info unreadable(std::string why) {
  file_info result;
  result.exists = true;
  result.error = std::move(why);
  return result;
}

} // namespace

void catalog_state::advance() {
  while (!queue_.empty() && outstanding_ == 0) {
    auto& w = queue_.front();
    if (w.failure) {
      if (w.compared)
        w.compared->deliver(std::move(w.failure));
      else
        w.promise.deliver(std::move(w.failure));
      queue_.pop_front();
      continue;
    }
    auto unknown = engine_->needs_description(w.series, w.known);
    if (!unknown.empty())
      return describe(unknown);
    if (w.compared) {
      engine_->compare(w.series, w.known);
      tell_wishes();
      w.compared->deliver(caf::ok_atom_v);
      queue_.pop_front();
      continue;
    }
    auto moving = engine_->moving(w.series, w.known);
    if (!moving.empty())
      return move(std::move(moving));
    auto answers = engine_->resolve(w.series, w.known);
    tell_wishes();
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
        [this, ids = ids](caf::error& err) {
          // Files in use go on: their writers try until they can be written.
          if (!engine_->in_use(ids))
            return described(std::move(err));
          for (auto id : ids)
            queue_.front().known[id] = unreadable(explain(err));
          described(caf::none);
        });
}

void catalog_state::move(std::vector<catalog_engine::moving_file> files) {
  std::map<uint32_t, std::vector<file_id>> by_shard;
  for (auto& x : files) {
    by_shard[engine_->shard_of(x.id)].push_back(x.id);
    if (x.remade)
      caf::anon_send(writers_[engine_->shard_of(x.id)], atom::reshape_v,
                     reshape_job{x.id, x.remade, false});
    queue_.front().known.erase(x.id);
  }
  outstanding_ = by_shard.size();
  auto go_on = [this, by_shard] {
    for (auto& [shard, ids] : by_shard)
      let_go(shard, ids);
  };
  // What the DECODER decoded before may not be on its way yet.
  auto asker = caf::actor_cast<decoder_actor>(queue_.front().asker);
  self_->request(asker, caf::infinite, atom::dead_v)
    .then([go_on](const std::vector<dead_message>&) { go_on(); },
          [this](caf::error& err) { self_->quit(std::move(err)); });
}

void catalog_state::let_go(uint32_t shard, std::vector<file_id> files) {
  self_->request(shards_[shard], caf::infinite, atom::release_v, files, false)
    .then(
      [this, files](const request_outcome& x) {
        for (auto& failure : x.failures)
          spdlog::warn("{}", failure);
        // Those that could not be written go on as their rows are.
        auto kept = unreadable("its rows cannot be written now");
        for (auto id : x.unwritten)
          queue_.front().known[id] = kept;
        engine_->let_go(without(files, x.unwritten));
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

// -- files that differ --------------------------------------------------------

void catalog_state::look(file_id id, std::function<void(const file_info&)> f) {
  self_
    ->request(writers_[engine_->shard_of(id)], caf::infinite, atom::describe_v,
              std::vector<file_id>{id})
    .then(
      [f](const std::vector<file_info>& infos) {
        f(infos.empty() ? file_info{} : infos.front());
      },
      [f](caf::error& err) { f(unreadable(explain(err))); });
}

caf::typed_response_promise<std::vector<series_info>>
catalog_state::begin_reshape(const reshape_request& x) {
  auto promise = self_->make_response_promise<std::vector<series_info>>();
  auto none = [this, promise]() mutable {
    after_commit(
      [promise]() mutable { promise.deliver(std::vector<series_info>{}); });
  };
  auto id = engine_->find(path_key(x.path));
  if (!id || engine_->names()->path(*id) != x.path) {
    none();
    return promise;
  }
  look(*id, [=, id = *id](const file_info& found) mutable {
    auto plan = engine_->plan_reshape(id, found, x.reshape);
    if (plan.moves) {
      reshaping_.emplace(id, plan.shape);
      series_info result;
      result.id = id;
      result.shard = engine_->shard_of(id);
      promise.deliver(std::vector<series_info>{std::move(result)});
      return;
    }
    if (plan.shape) {
      reshape(id, plan.shape, none);
      return;
    }
    engine_->learn(id, found, "");
    none();
  });
  return promise;
}

void catalog_state::look_and_learn(file_id id, const std::string& trouble,
                                   std::function<void()> f) {
  look(id, [=](const file_info& found) {
    engine_->learn(id, found, trouble);
    tell_wishes();
    f();
  });
}

void catalog_state::reshape(file_id id, definition_ptr shape,
                            std::function<void()> f) {
  self_
    ->request(writers_[engine_->shard_of(id)], caf::infinite, atom::reshape_v,
              reshape_job{id, std::move(shape), true})
    .then(
      [=](const reshape_outcome& outcome) {
        if (!outcome.error.empty())
          spdlog::warn("{}", outcome.error);
        else if (outcome.changed)
          spdlog::info("{}.rrd has the shape of its rule now",
                       engine_->names()->path(id));
        look_and_learn(id, outcome.error, f);
      },
      [this](caf::error& err) { self_->quit(std::move(err)); });
}

void catalog_state::changed(file_id id) {
  look(id, [this, id](const file_info& found) {
    if (!engine_->plan_reshape(id, found, false).moves) {
      engine_->learn(id, found, "");
      return tell_wishes();
    }
    std::string path{engine_->names()->path(id)};
    spdlog::info("{}.rrd has another step or other sources now; rows follow",
                 path);
    self_
      ->request(keeper_, caf::infinite, atom::append_v,
                to_forget({path, false}))
      .then([](const request_outcome&) {},
            [path](caf::error& err) {
              spdlog::warn("{}.rrd: {}", path, explain(err));
            });
  });
}

void catalog_state::tell_wishes() {
  for (auto& x : engine_->take_wishes())
    caf::anon_send(writers_[engine_->shard_of(x.file)], atom::reshape_v, x);
}

// -- the disk -----------------------------------------------------------------

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
                             std::vector<rrd_writer_actor> writers,
                             std::vector<cache_shard_actor> shards,
                             journal_keeper_actor keeper) {
  engine_.emplace(std::move(engine));
  writers_ = std::move(writers);
  shards_ = std::move(shards);
  keeper_ = std::move(keeper);
  for (auto& writer : writers_)
    self_->send(writer, atom::subscribe_v,
                caf::actor_cast<caf::strong_actor_ptr>(self_));
  next_index_ = self_->clock().now() + 1s
                + std::chrono::seconds{engine_->series() / ordered_per_second};
  self_->send(self_, atom::tick_v);
  return {
    [this](atom::resolve, std::vector<new_series>& xs)
      -> caf::typed_response_promise<resolutions> {
      // The promise takes the sender.
      auto asker = self_->current_sender();
      auto promise = self_->make_response_promise<resolutions>();
      queue_.push_back({std::move(xs), promise, std::move(asker), {}, {}, {}});
      advance();
      return promise;
    },
    [this](atom::retire, const std::vector<file_id>& files) {
      // On disk with the next answer or tick: a replay would retire them again.
      engine_->retire(files);
    },
    [this](atom::forget,
           const std::string& glob) -> caf::result<std::vector<series_info>> {
      reshaping_.reset();
      if (auto request = to_reshape(glob))
        return begin_reshape(*request);
      return engine_->matches(glob);
    },
    [this](atom::release, const std::vector<file_id>& files)
      -> caf::typed_response_promise<caf::ok_atom> {
      auto promise = self_->make_response_promise<caf::ok_atom>();
      auto done = [this, promise] {
        after_commit([promise]() mutable { promise.deliver(caf::ok_atom_v); });
      };
      auto of = std::exchange(reshaping_, std::nullopt);
      if (!of) {
        engine_->release(files);
        tell_wishes();
        done();
        return promise;
      }
      engine_->let_go(files);
      if (of->second)
        reshape(of->first, of->second, done);
      else
        look_and_learn(of->first, "", done);
      return promise;
    },
    [this](atom::describe, std::vector<new_series>& xs)
      -> caf::typed_response_promise<caf::ok_atom> {
      auto promise = self_->make_response_promise<caf::ok_atom>();
      work x;
      x.series = std::move(xs);
      x.compared = promise;
      queue_.push_back(std::move(x));
      advance();
      return promise;
    },
    [this](atom::reshape, const std::string& glob) {
      return engine_->differing(glob);
    },
    [this](atom::changed, file_id id) { changed(id); },
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
    [this](atom::why, const std::string& topic) {
      return engine_->fed_by(topic);
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

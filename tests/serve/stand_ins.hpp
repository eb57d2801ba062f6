#pragma once

#include "messages/error.hpp"
#include "messages/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/result.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow::test {

/// A flow as HTTP_SERVER sees it, over invented series. What it is to say may
/// be changed under `mutex` at any time.
struct stand_in_state {
  std::mutex mutex;
  std::vector<series_info> series;
  std::vector<last_value> last;
  std::vector<dead_message> dead;
  std::vector<unstored> kept;
  std::vector<std::pair<file_id, unstored>> losses;
  std::vector<differing_file> differing;
  definition_ptr definition;

  /// Value of a file at a time.
  std::function<double(file_id, int64_t, consolidation)> value
    = [](file_id, int64_t t, consolidation) { return static_cast<double>(t); };

  /// What was asked for last.
  read_request read;
  tree_query tree;
  flush_request flush;
  forget_request forget;
  request_outcome outcome{3, 1, {}};

  /// What CATALOG says of the index, writers of files.
  std::string index;
  std::map<file_id, std::string> files;
  int64_t last_update = 0;
  size_t copies = 0;
  size_t flushes = 0;

  /// The keeper answers no flush before its next tick.
  bool hold = false;

  /// What a shard, with its writer, answers.
  std::vector<fetch_result> answer(const read_request& x) {
    std::lock_guard guard{mutex};
    read = x;
    std::vector<fetch_result> results;
    for (auto function : x.functions) {
      auto& result = results.emplace_back();
      result.step = x.resolution <= 10 ? 10 : x.resolution <= 600 ? 60 : 3600;
      result.start = x.from - x.from % result.step;
      result.sources = {"value"};
      for (auto t = result.start; t < x.to;) {
        t += result.step;
        result.values.push_back(value(x.file, t, function));
      }
    }
    return results;
  }
};

using stand_in_ptr = std::shared_ptr<stand_in_state>;

inline file_definition stand_in_definition() {
  file_definition x;
  x.step = 10;
  x.sources.emplace_back();
  x.sources.back().heartbeat = 20;
  for (auto f :
       {consolidation::average, consolidation::min, consolidation::max})
    for (auto& [steps, rows] :
         {std::pair{1u, 8640u}, {6u, 10080u}, {360u, 17520u}})
      x.archives.push_back({f, 0.5, steps, rows});
  return x;
}

inline rrd_writer_actor::behavior_type stand_in_writer(stand_in_ptr state) {
  return {
    [](atom::write, const std::vector<write_job>&) {
      return std::vector<write_outcome>{};
    },
    [](atom::marker, uint64_t x) { return x; },
    [state](atom::read, const read_request& x) { return state->answer(x); },
    [state](atom::copy, file_id x) -> caf::result<file_copy> {
      std::lock_guard guard{state->mutex};
      ++state->copies;
      auto i = state->files.find(x);
      if (i == state->files.end())
        return fail(ec::not_found, "there is no such file yet");
      return file_copy{std::make_shared<const std::string>(i->second),
                       "tag-of-" + i->second.substr(0, 20), state->last_update};
    },
    [state](atom::describe, const std::vector<file_id>& xs) {
      file_info x;
      x.exists = true;
      x.definition = state->definition;
      return std::vector<file_info>(xs.size(), x);
    },
    [](atom::remove, const std::vector<file_id>&) { return caf::ok_atom_v; },
    [](atom::reshape, const reshape_job&) { return reshape_outcome{}; },
    [](atom::subscribe, const caf::strong_actor_ptr&) {},
  };
}

inline cache_shard_actor::behavior_type stand_in_shard(stand_in_ptr state) {
  return {
    [state](atom::why, const std::vector<uint32_t>& files) {
      std::lock_guard guard{state->mutex};
      std::vector<unstored> result;
      for (auto& [file, x] : state->losses)
        if (files.empty() || std::count(files.begin(), files.end(), file) > 0)
          result.push_back(x);
      return result;
    },
    [](atom::open, const std::vector<file_binding>&) {},
    [](atom::name_rules, const std::vector<std::string>&) {},
    [](atom::due, int64_t) {},
    [](atom::put, const sample_batch&) { return uint64_t{0}; },
    [](atom::second, int64_t, position) {},
    [](atom::marker, uint64_t, position, const caf::strong_actor_ptr&) {},
    [](atom::flush, uint64_t, const std::vector<file_id>&) {},
    [](atom::retire, const std::vector<file_id>&, int64_t) {},
    [](atom::release, const std::vector<file_id>&, bool) {
      return request_outcome{};
    },
    [](atom::synced, position) {},
    [](atom::caught_up) { return caf::ok_atom_v; },
    [](atom::idle, int64_t) { return std::vector<uint32_t>{}; },
    [state](atom::read, const read_request& x) { return state->answer(x); },
    [state](atom::last, const std::vector<uint32_t>& files) {
      std::lock_guard guard{state->mutex};
      std::vector<last_value> result;
      for (auto file : files)
        for (auto& x : state->last)
          if (x.file == file)
            result.push_back(x);
      return result;
    },
    [](atom::work) {},
  };
}

inline catalog_actor::behavior_type stand_in_catalog(stand_in_ptr state) {
  return {
    [](atom::describe, const std::vector<new_series>&) {
      return caf::ok_atom_v;
    },
    [state](atom::why, const std::string& name) {
      std::lock_guard guard{state->mutex};
      std::vector<series_info> result;
      for (auto& x : state->series)
        if (x.name == name || x.topic == name)
          result.push_back(x);
      return result;
    },
    [](atom::resolve, const std::vector<new_series>&) {
      return std::vector<resolution>{};
    },
    [](atom::retire, const std::vector<file_id>&) {},
    [](atom::forget, const std::string&) { return std::vector<series_info>{}; },
    [](atom::release, const std::vector<file_id>&) { return caf::ok_atom_v; },
    [](atom::tick) {},
    [state](atom::list, const series_query& x) {
      std::lock_guard guard{state->mutex};
      std::vector<series_info> result;
      for (auto& s : state->series) {
        auto hit = x.exact ? s.name == x.pattern
                           : s.name.find(x.pattern) != std::string::npos;
        if (hit && s.name > x.after && result.size() < x.limit)
          result.push_back(s);
      }
      return result;
    },
    [state](atom::list, const tree_query& x) {
      std::lock_guard guard{state->mutex};
      state->tree = x;
      std::vector<tree_node> result;
      // A branch for each first level, then its series.
      for (auto& s : state->series) {
        if (s.name.compare(0, x.prefix.size(), x.prefix) != 0)
          continue;
        auto slash = s.name.find('/', x.prefix.size());
        if (slash == std::string::npos)
          result.push_back({s.name, 1, s});
        else if (auto path = s.name.substr(0, slash + 1);
                 result.empty() || result.back().path != path)
          result.push_back({path, 1, s});
        else
          ++result.back().count;
      }
      for (auto& node : result)
        if (node.count == 1)
          node.path = node.series.name;
      return result;
    },
    [state](atom::find, const std::string& path) -> caf::result<series_info> {
      std::lock_guard guard{state->mutex};
      for (auto& s : state->series)
        if (s.file == path)
          return s;
      return fail(ec::not_found, "there is no such file");
    },
    [state](atom::index) {
      std::lock_guard guard{state->mutex};
      return state->index;
    },
    [](atom::changed, file_id) {},
    [state](atom::reshape, const std::string& glob) {
      std::lock_guard guard{state->mutex};
      std::vector<differing_file> result;
      for (auto& x : state->differing)
        if (glob == "*" || glob == x.name)
          result.push_back(x);
      return result;
    },
  };
}

inline decoder_actor::behavior_type stand_in_decoder(stand_in_ptr state) {
  return {
    [](atom::describe, const std::vector<series_info>&) {
      return std::vector<new_series>{};
    },
    [state](atom::why, const std::vector<std::string>& topics) {
      std::lock_guard guard{state->mutex};
      std::vector<unstored> result;
      for (auto& x : state->kept)
        if (topics.empty()
            || std::count(topics.begin(), topics.end(), x.topic) > 0)
          result.push_back(x);
      return result;
    },
    [](atom::more) {},
    [](atom::tick) {},
    [](atom::marker, uint64_t x) { return x; },
    [](atom::caught_up) { return caf::ok_atom_v; },
    [state](atom::dead) {
      std::lock_guard guard{state->mutex};
      return state->dead;
    },
    [](atom::work) {},
  };
}

inline journal_keeper_actor::behavior_type
stand_in_keeper(journal_keeper_actor::pointer self, stand_in_ptr state) {
  using promise = caf::typed_response_promise<request_outcome>;
  auto done = [state] { return state->outcome; };
  auto held = std::make_shared<std::vector<promise>>();
  return {
    [state](atom::append, replay_request) {
      std::lock_guard guard{state->mutex};
      return state->outcome;
    },
    [done, held](atom::tick) {
      for (auto& x : *held)
        x.deliver(done());
      held->clear();
    },
    [](atom::covered, position) {},
    [](atom::last) { return position{0}; },
    [done](atom::append, const rules_request&) { return done(); },
    [done, held, self, state](atom::append, const flush_request& x) {
      auto result = self->make_response_promise<request_outcome>();
      std::lock_guard guard{state->mutex};
      state->flush = x;
      ++state->flushes;
      if (state->hold)
        held->push_back(result);
      else
        result.deliver(done());
      return result;
    },
    [done](atom::append, const retire_request&) { return done(); },
    [done, state](atom::append, const forget_request& x) {
      std::lock_guard guard{state->mutex};
      state->forget = x;
      return done();
    },
    [](atom::done, uint64_t, uint32_t, const request_outcome&) {},
    [](atom::subscribe, const std::vector<cache_shard_actor>&) {},
  };
}

inline mqtt_source_actor::behavior_type stand_in_source() {
  return {
    [](atom::tick) {},
    [](atom::resume) {},
    [](atom::subscribe, const std::vector<subscription>&) {},
    [](atom::publish, const std::string&, const std::string&) {},
    [](atom::stop) { return caf::ok_atom_v; },
  };
}

/// Spawns all of it, with two shards; the snapshotter is missing.
inline flow_handles
spawn_stand_ins(caf::actor_system& sys, const stand_in_ptr& state) {
  state->definition
    = std::make_shared<const file_definition>(stand_in_definition());
  flow_handles x;
  x.source = sys.spawn(stand_in_source);
  x.keeper = sys.spawn(stand_in_keeper, state);
  x.decoder = sys.spawn(stand_in_decoder, state);
  x.catalog = sys.spawn(stand_in_catalog, state);
  for (auto i = 0; i < 2; ++i) {
    x.shards.push_back(sys.spawn(stand_in_shard, state));
    x.writers.push_back(sys.spawn(stand_in_writer, state));
  }
  return x;
}

} // namespace rrdflow::test

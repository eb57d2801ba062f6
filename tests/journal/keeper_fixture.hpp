#pragma once

#include "actors/journal/journal_keeper.hpp"
#include "tests/journal/journal_bench.hpp"
#include "tests/test.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <spdlog/spdlog.h>

namespace rrdflow::test {

/// What a shard was told; all else it refuses.
struct shard_state {
  explicit shard_state(cache_shard_actor::pointer) {
    // nop
  }

  std::vector<position> synced;
};

template <class T>
caf::result<T> refuse() {
  return fail(ec::bad_request, "not expected here");
}

inline cache_shard_actor::behavior_type
shard_stand_in(cache_shard_actor::stateful_pointer<shard_state> self) {
  return {
    [](atom::open, const std::vector<file_binding>&) {},
    [](atom::name_rules, const std::vector<std::string>&) {},
    [](atom::due, int64_t) {},
    [](atom::put, const sample_batch&) { return refuse<uint64_t>(); },
    [](atom::second, int64_t, position) {},
    [](atom::marker, uint64_t, position, const caf::strong_actor_ptr&) {},
    [](atom::flush, uint64_t, const std::vector<file_id>&) {},
    [](atom::retire, const std::vector<file_id>&, int64_t) {},
    [](atom::release, const std::vector<file_id>&, bool) {
      return refuse<request_outcome>();
    },
    [self](atom::synced, position at) { self->state.synced.push_back(at); },
    [](atom::caught_up) { return caf::ok_atom_v; },
    [](atom::idle, int64_t) { return std::vector<uint32_t>{}; },
    [](atom::waiting, file_id) { return refuse<waiting_rows>(); },
    [](atom::last, const std::vector<uint32_t>&) {
      return std::vector<last_value>{};
    },
    [](atom::work) {},
    [](atom::stats) { return metrics{}; },
  };
}

/// A JOURNAL_KEEPER with one shard.
struct keeper_fixture : fixture {
  keeper_fixture() {
    spdlog::set_level(spdlog::level::off);
    bench.open();
    settings.resumed = [this] { ++resumed; };
    shard = sys.spawn(shard_stand_in);
    start();
  }

  // Stops the periodic tick. Otherwise, the base class never finishes `run()`.
  ~keeper_fixture() override {
    self->send_exit(aut, caf::exit_reason::user_shutdown);
    self->send_exit(shard, caf::exit_reason::user_shutdown);
    sched.run();
  }

  void start() {
    aut = sys.spawn(journal_keeper, settings, bench.uut);
    sched.run();
  }

  void tick(int times = 1) {
    for (auto i = 0; i < times; ++i) {
      advance_time(std::chrono::milliseconds{200});
      sched.run();
    }
  }

  void subscribe() {
    self->send(aut, atom::subscribe_v, std::vector<cache_shard_actor>{shard});
    sched.run();
  }

  const std::vector<position>& synced() {
    return deref<cache_shard_actor::stateful_base<shard_state>>(shard)
      .state.synced;
  }

  double stat(const std::string& name, const std::string& label = {}) {
    auto result = -1.0;
    auto hdl = self->request(aut, caf::infinite, atom::stats_v);
    sched.run();
    hdl.receive(
      [&](const metrics& xs) {
        for (auto& x : xs)
          if (x.name == name && x.label.second == label)
            result = x.value;
      },
      [&](caf::error& err) { CAF_FAIL(explain(err)); });
    return result;
  }

  bool alive() {
    return !deref<journal_keeper_actor::stateful_base<journal_keeper_state>>(
              aut)
              .getf(caf::monitorable_actor::is_terminated_flag);
  }

  journal_bench bench;
  keeper_settings settings;
  cache_shard_actor shard;
  journal_keeper_actor aut; // actor under test
  int resumed = 0;
};

} // namespace rrdflow::test

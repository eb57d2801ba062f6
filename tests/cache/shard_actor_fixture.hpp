#pragma once

#include "actors/cache/cache_shard.hpp"
#include "tests/cache/shard_fixture.hpp"
#include "tests/cache/shard_neighbours.hpp"
#include "tests/test.hpp"

namespace rrdflow::test {

/// A CACHE_SHARD between stand-ins.
struct shard_actor_fixture : fixture {
  shard_actor_fixture() {
    for (auto i = 0; i < 100; ++i)
      names->add("f" + std::to_string(i));
    settings.flush_after = std::chrono::seconds{0};
    settings.flush_jitter = std::chrono::seconds{0};
    settings.shard_count = 3;
    writer_hdl = sys.spawn(writer);
    keeper_hdl = sys.spawn(keeper);
    snapshotter_hdl = sys.spawn(snapshotter);
    start({});
  }

  ~shard_actor_fixture() {
    self->send_exit(uut, caf::exit_reason::user_shutdown);
    sched.run();
    // Promises that were not kept would keep it alive.
    self->send_exit(writer_hdl, caf::exit_reason::user_shutdown);
    sched.run();
  }

  void start(std::vector<std::string> sections) {
    uut = sys.spawn(cache_shard, settings, names, writer_hdl, keeper_hdl,
                    std::move(sections));
    send(atom::open_v, bindings(100));
    send(atom::synced_v, position{1'000'000});
  }

  template <class... Ts>
  void send(Ts... xs) {
    self->send(uut, std::move(xs)...);
    sched.run();
  }

  template <class... Ts>
  auto ask(Ts... xs) {
    auto result = self->request(uut, caf::infinite, std::move(xs)...);
    sched.run();
    return result;
  }

  std::vector<file_binding> bindings(file_id n) {
    auto definition = define(10, {gauge(gap_fill::heartbeat, 60)});
    std::vector<file_binding> result;
    for (file_id i = 0; i < n; ++i)
      result.push_back({i, definition, 0});
    return result;
  }

  sample_batch batch(file_id first, file_id last, int64_t at) {
    sample_batch result;
    for (auto i = first; i < last; ++i)
      result.samples.push_back(
        {i, 0, 0, (epoch + at) * 1'000'000'000, value_bits::of(1.0)});
    result.upto = 10;
    return result;
  }

  /// Puts one reading into each of `n` files and lets their slot end.
  void fill(file_id n) {
    send(atom::second_v, epoch, position{1});
    uint64_t credit = 0;
    ask(atom::put_v, batch(0, n, 5))
      .receive([&](uint64_t x) { credit = x; }, [](caf::error&) {});
    CAF_CHECK_EQUAL(credit, n);
    send(atom::second_v, epoch + 10, position{11});
  }

  template <class State, class Hdl>
  State& state_of(const Hdl& hdl) {
    return deref<typename Hdl::template stateful_base<State>>(hdl).state;
  }

  writer_state& the_writer() {
    return state_of<writer_state>(writer_hdl);
  }

  keeper_state& the_keeper() {
    return state_of<keeper_state>(keeper_hdl);
  }

  snapshotter_state& the_snapshotter() {
    return state_of<snapshotter_state>(snapshotter_hdl);
  }

  void answer() {
    auto result = self->request(writer_hdl, caf::infinite, atom::stats_v);
    sched.run();
    result.receive([](const metrics&) {}, [](caf::error&) {});
  }

  double stat(const std::string& name) {
    double result = -1;
    ask(atom::stats_v)
      .receive(
        [&](const metrics& xs) {
          for (auto& x : xs)
            if (x.name == name)
              result = x.value;
        },
        [](caf::error&) {});
    return result;
  }

  std::shared_ptr<file_names> names = std::make_shared<file_names>();
  cache_settings settings;
  rrd_writer_actor writer_hdl;
  journal_keeper_actor keeper_hdl;
  snapshotter_actor snapshotter_hdl;
  cache_shard_actor uut;
};

} // namespace rrdflow::test

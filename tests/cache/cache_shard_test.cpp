#define CAF_SUITE cache_shard

#include "actors/cache/cache_shard.hpp"
#include "tests/cache/shard_fixture.hpp"
#include "tests/cache/shard_neighbours.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;
using namespace std::chrono_literals;

namespace {

struct shard_actor_fixture : test::fixture {
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

  std::shared_ptr<name_table> names = std::make_shared<name_table>();
  cache_settings settings;
  rrd_writer_actor writer_hdl;
  journal_keeper_actor keeper_hdl;
  snapshotter_actor snapshotter_hdl;
  cache_shard_actor uut;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(cache_shard_tests, shard_actor_fixture)

CAF_TEST(rows of many files go in few messages) {
  fill(100);
  CAF_REQUIRE_EQUAL(the_writer().held.size(), 2u);
  CAF_CHECK_EQUAL(the_writer().held[0].first.size(), 64u);
  CAF_CHECK_EQUAL(the_writer().held[1].first.size(), 36u);
  CAF_CHECK_EQUAL(stat("rows_waiting"), 100);
  answer();
  CAF_CHECK_EQUAL(stat("rows_waiting"), 36);
  answer();
  CAF_CHECK_EQUAL(stat("rows_waiting"), 0);
  CAF_CHECK_EQUAL(stat("rows_written_total"), 100);
}

CAF_TEST(two messages are in flight and two more if somebody waits) {
  fill(3);
  CAF_CHECK_EQUAL(the_writer().held.size(), 1u);
  for (file_id i = 10; i < 20; ++i) {
    ask(atom::put_v, batch(i, i + 1, 15))
      .receive([](uint64_t) {}, [](caf::error&) {});
    send(atom::second_v, epoch + 10 + i, position{12});
  }
  CAF_CHECK_EQUAL(the_writer().held.size(), 2u);
  send(atom::flush_v, uint64_t{5}, std::vector<file_id>{19});
  CAF_REQUIRE_EQUAL(the_writer().held.size(), 3u);
  CAF_CHECK(the_writer().held[2].first[0].urgent);
}

CAF_TEST(a flush tells its share to the keeper once all is written) {
  fill(2);
  send(atom::flush_v, uint64_t{77}, std::vector<file_id>{});
  CAF_CHECK(the_keeper().done.empty());
  answer();
  CAF_REQUIRE_EQUAL(the_keeper().done.size(), 1u);
  auto& share = the_keeper().done[0];
  CAF_CHECK_EQUAL(share.request, 77u);
  CAF_CHECK_EQUAL(share.shares, 3u);
  CAF_CHECK_EQUAL(share.outcome.rows, 2u);
  // Nothing of it is here.
  send(atom::flush_v, uint64_t{78}, std::vector<file_id>{500});
  CAF_CHECK_EQUAL(the_keeper().done.size(), 2u);
}

CAF_TEST(a failed job comes again by the clock of the actor) {
  fill(1);
  the_writer().failures = 2;
  answer();
  CAF_CHECK(the_writer().held.empty());
  advance_time(99ms);
  sched.run();
  CAF_CHECK(the_writer().held.empty());
  advance_time(1ms);
  sched.run();
  CAF_REQUIRE_EQUAL(the_writer().held.size(), 1u);
  answer();
  advance_time(200ms);
  sched.run();
  CAF_REQUIRE_EQUAL(the_writer().held.size(), 1u);
  answer();
  CAF_CHECK_EQUAL(stat("rows_written_total"), 1);
}

CAF_TEST(credit comes back when sealed rows are confirmed) {
  self->send_exit(uut, caf::exit_reason::user_shutdown);
  settings.memory = 16;
  start({});
  fill(2);
  auto credit = ask(atom::put_v, batch(5, 7, 15));
  CAF_CHECK(!self->has_next_message());
  answer();
  uint64_t answered = 0;
  credit.receive([&](uint64_t n) { answered = n; }, [](caf::error&) {});
  CAF_CHECK_EQUAL(answered, 2u);
}

CAF_TEST(a release has the files deleted when their rows are written) {
  send(atom::second_v, epoch, position{1});
  ask(atom::put_v, batch(0, 2, 5)).receive([](uint64_t) {}, [](caf::error&) {});
  auto released = ask(atom::release_v, std::vector<file_id>{0, 9}, true);
  CAF_CHECK(the_writer().removed.empty());
  answer();
  released.receive(
    [](const request_outcome& x) {
      CAF_CHECK_EQUAL(x.rows, 1u);
      CAF_CHECK_EQUAL(x.files, 2u);
      CAF_CHECK(x.failures.empty());
    },
    [](caf::error& err) { CAF_ERROR(explain(err)); });
  CAF_CHECK_EQUAL(the_writer().removed, (std::vector<file_id>{0, 9}));
  ask(atom::waiting_v, file_id{0})
    .receive([](const waiting_rows& x) { CAF_CHECK(!x.known); },
             [](caf::error&) {});
  ask(atom::waiting_v, file_id{1})
    .receive(
      [](const waiting_rows& x) { CAF_CHECK_EQUAL(show(x.rows), "10=1"); },
      [](caf::error&) {});
}

CAF_TEST(caught up means that nothing sealed waits) {
  fill(1);
  auto caught_up = ask(atom::caught_up_v);
  CAF_CHECK(!self->has_next_message());
  answer();
  auto answered = false;
  caught_up.receive([&](caf::ok_atom) { answered = true; }, [](caf::error&) {});
  CAF_CHECK(answered);
}

CAF_TEST(a part is complete when the writer has answered the marker) {
  fill(100);
  send(atom::marker_v, uint64_t{4}, position{99},
       caf::actor_cast<caf::strong_actor_ptr>(snapshotter_hdl));
  CAF_REQUIRE_EQUAL(the_writer().markers.size(), 1u);
  CAF_CHECK_EQUAL(the_writer().markers[0].first, 4u);
  for (auto& part : the_snapshotter().parts)
    CAF_CHECK(!part.last);
  the_writer().held.clear();
  answer();
  auto& parts = the_snapshotter().parts;
  CAF_REQUIRE(!parts.empty());
  std::string section;
  for (auto& part : parts) {
    CAF_CHECK_EQUAL(part.last, &part == &parts.back());
    CAF_CHECK_EQUAL(part.marker, 4u);
    CAF_CHECK_EQUAL(part.at, 99u);
    CAF_CHECK_EQUAL(part.owner, 0u);
    section.append(part.bytes.begin(), part.bytes.end());
  }
  // A shard that starts with it writes the rows again.
  self->send_exit(uut, caf::exit_reason::user_shutdown);
  sched.run();
  settings.lookup = [this](uint64_t key) -> std::optional<file_id> {
    for (file_id i = 0; i < names->size(); ++i)
      if (names->key(i) == key)
        return i;
    return std::nullopt;
  };
  start({section});
  send(atom::synced_v, position{0});
  // Those that are its own by their names.
  size_t own = 0;
  for (file_id i = 0; i < names->size(); ++i)
    own += names->key(i) % 3 == 0;
  CAF_REQUIRE_EQUAL(the_writer().held.size(), 1u);
  CAF_CHECK_EQUAL(the_writer().held[0].first.size(), own);
  CAF_CHECK_EQUAL(show(the_writer().held[0].first[0].rows), "10=1");
  CAF_CHECK_EQUAL(stat("rows_opened_total"), 100);
}

CAF_TEST(large parts come in pieces of one MiB) {
  // 100 files with 1200 rows of 16 bytes.
  self->send_exit(uut, caf::exit_reason::user_shutdown);
  settings.flush_after = 1000h;
  start({});
  send(atom::second_v, epoch, position{1});
  for (auto i = 0; i < 1200; ++i)
    ask(atom::put_v, batch(0, 100, i * 10))
      .receive([](uint64_t) {}, [](caf::error&) {});
  self->send(uut, atom::marker_v, uint64_t{1}, position{1},
             caf::actor_cast<caf::strong_actor_ptr>(snapshotter_hdl));
  // Packing lets other messages through.
  auto slices = 0;
  while (sched.try_run_once())
    slices += state_of<snapshotter_state>(snapshotter_hdl).parts.empty();
  CAF_CHECK_GREATER(slices, 3);
  // A new marker while the first waits for the writer replaces it.
  send(atom::marker_v, uint64_t{2}, position{2},
       caf::actor_cast<caf::strong_actor_ptr>(snapshotter_hdl));
  CAF_CHECK_EQUAL(the_writer().markers.size(), 2u);
  answer();
  size_t bytes = 0;
  for (auto& part : the_snapshotter().parts) {
    CAF_CHECK_LESS(part.bytes.size(), (1u << 20) + 1);
    CAF_CHECK_EQUAL(part.last, part.marker == 2
                                 && &part == &the_snapshotter().parts.back());
    if (part.marker == 2)
      bytes += part.bytes.size();
  }
  CAF_CHECK_GREATER(bytes, 100u * 1200 * 16);
}

CAF_TEST(a shard with a damaged section ends with an error) {
  auto bad = sys.spawn(cache_shard, settings, names, writer_hdl, keeper_hdl,
                       std::vector<std::string>{"\xc1"});
  self->monitor(bad);
  sched.run();
  auto reason = caf::error{};
  self->receive([&](const caf::down_msg& x) { reason = x.reason; });
  CAF_CHECK(reason == ec::damaged);
}

CAF_TEST_FIXTURE_SCOPE_END()

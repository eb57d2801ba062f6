#define CAF_SUITE cache_shard

#include "actors/cache/cache_shard.hpp"
#include "messages/interfaces.hpp"
#include "tests/cache/shard_fixture.hpp"
#include "tests/spawn_state.hpp"
#include "tests/test.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace rrdflow;
using namespace rrdflow::test;
using namespace std::chrono_literals;

namespace {

/// Stands in for the writer: holds what it is asked until told to answer.
struct writer_state {
  static inline const char* name = "writer";
  explicit writer_state(rrd_writer_actor::pointer) {
    // nop
  }

  using outcomes = std::vector<write_outcome>;

  /// What was asked for last.
  read_request read;
  std::vector<
    std::pair<std::vector<write_job>, caf::typed_response_promise<outcomes>>>
    held;
  std::vector<std::pair<uint64_t, caf::typed_response_promise<uint64_t>>>
    markers;
  std::vector<file_id> removed;

  /// How many jobs more are to fail.
  int failures = 0;

  files_on_disk disk;

  /// Answers the oldest message, or all markers if there is none.
  void answer() {
    if (held.empty()) {
      for (auto& [marker, promise] : std::exchange(markers, {}))
        promise.deliver(uint64_t{marker});
      return;
    }
    auto [jobs, promise] = std::move(held.front());
    held.erase(held.begin());
    outcomes result;
    for (auto& job : jobs)
      if (failures-- > 0)
        result.push_back(
          {job.file, write_status::failed, 0, 0, 0, 0, "no space"});
      else
        result.push_back(write(disk, std::to_string(job.file), job));
    promise.deliver(std::move(result));
  }
};

rrd_writer_actor::behavior_type
writer(rrd_writer_actor::stateful_pointer<writer_state> self) {
  auto& st = self->state;
  return {
    [self, &st](atom::write, std::vector<write_job>& jobs) {
      auto result = self->make_response_promise<writer_state::outcomes>();
      st.held.emplace_back(std::move(jobs), result);
      return result;
    },
    [self, &st](atom::marker, uint64_t marker) {
      auto result = self->make_response_promise<uint64_t>();
      st.markers.emplace_back(marker, result);
      return result;
    },
    [&st](atom::read, const read_request& x) {
      st.read = x;
      return std::vector<fetch_result>{};
    },
    [](atom::copy, file_id) { return file_copy{}; },
    // Asked only by the test, to have something answered.
    [&st](atom::describe, const std::vector<file_id>&) {
      st.answer();
      return std::vector<file_info>{};
    },
    [&st](atom::remove, const std::vector<file_id>& files) {
      st.removed = files;
      return caf::ok_atom::value;
    },
    [](atom::reshape, const reshape_job&) { return reshape_outcome{}; },
    [](atom::subscribe, const caf::strong_actor_ptr&) {},
  };
}

struct keeper_state {
  static inline const char* name = "keeper";
  explicit keeper_state(journal_keeper_actor::pointer) {
    // nop
  }

  struct share {
    uint64_t request;
    uint32_t shares;
    request_outcome outcome;
  };
  std::vector<share> done;
};

journal_keeper_actor::behavior_type
keeper(journal_keeper_actor::stateful_pointer<keeper_state> self) {
  return {
    [](atom::append, replay_request) { return request_outcome{}; },
    [](atom::tick) {},
    [](atom::covered, position) {},
    [](atom::last) -> position { return 0; },
    [](atom::append, const rules_request&) { return request_outcome{}; },
    [](atom::append, const flush_request&) { return request_outcome{}; },
    [](atom::append, const retire_request&) { return request_outcome{}; },
    [](atom::append, const forget_request&) { return request_outcome{}; },
    [self](atom::done, uint64_t request, uint32_t shares,
           const request_outcome& outcome) {
      self->state.done.push_back({request, shares, outcome});
    },
    [](atom::subscribe, const std::vector<cache_shard_actor>&) {},
  };
}

struct snapshotter_state {
  static inline const char* name = "snapshotter";
  explicit snapshotter_state(snapshotter_actor::pointer) {
    // nop
  }

  std::vector<snapshot_part> parts;
};

snapshotter_actor::behavior_type
snapshotter(snapshotter_actor::stateful_pointer<snapshotter_state> self) {
  return {
    [](atom::tick) {},
    [self](atom::part, const snapshot_part& x) {
      self->state.parts.push_back(x);
    },
    [](atom::due, int64_t) {},
    [](atom::snapshot) -> uint64_t { return 0; },
  };
}

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

  void start(shard_start from) {
    settings.metrics = &metrics;
    uut = test::spawn_state<cache_shard_state>(sys, settings, names, writer_hdl,
                                               keeper_hdl, std::move(from));
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
    auto definition = define(10, {gauge_source(gap_fill::heartbeat, 60)});
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
    auto result = self->request(writer_hdl, caf::infinite, atom::describe_v,
                                std::vector<file_id>{});
    sched.run();
    result.receive([](const std::vector<file_info>&) {}, [](caf::error&) {});
  }

  /// What the shard adds to a request for the rows of a file.
  waiting_rows waiting(file_id file) {
    read_request request;
    request.file = file;
    ask(atom::read_v, request)
      .receive([](const std::vector<fetch_result>&) {}, [](caf::error&) {});
    CAF_CHECK_EQUAL(the_writer().read.file, file);
    return the_writer().read.waiting;
  }

  std::shared_ptr<file_names> names = std::make_shared<file_names>();
  metric_registry metrics;
  cache_settings settings;
  rrd_writer_actor writer_hdl;
  journal_keeper_actor keeper_hdl;
  snapshotter_actor snapshotter_hdl;
  cache_shard_actor uut;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(cache_shard_tests, shard_actor_fixture)

CAF_TEST(rows of many files go in few messages) {
  constexpr file_id files = write_scheduler::max_files + 36;
  while (names->size() < files)
    names->add("f" + std::to_string(names->size()));
  send(atom::open_v, bindings(files));
  fill(files);
  CAF_REQUIRE_EQUAL(the_writer().held.size(), 2u);
  CAF_CHECK_EQUAL(the_writer().held[0].first.size(), files - 36u);
  CAF_CHECK_EQUAL(the_writer().held[1].first.size(), 36u);
  CAF_CHECK_EQUAL(metrics.sum("rows_waiting"), files);
  answer();
  CAF_CHECK_EQUAL(metrics.sum("rows_waiting"), 36);
  answer();
  CAF_CHECK_EQUAL(metrics.sum("rows_waiting"), 0);
  CAF_CHECK_EQUAL(metrics.sum("rows_written_total"), files);
}

CAF_TEST(two messages are in flight and two more if a request waits) {
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
  CAF_CHECK_EQUAL(metrics.sum("rows_written_total"), 1);
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
  CAF_CHECK(!waiting(0).known);
  CAF_CHECK_EQUAL(show(waiting(1).rows), "10=1");
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
  auto starts = unpack_sections({section}, settings.shard_count);
  CAF_REQUIRE(starts);
  number(starts->front(), *names);
  start(std::move(starts->front()));
  send(atom::synced_v, position{0});
  // Those that are its own by their names.
  size_t own = 0;
  for (file_id i = 0; i < names->size(); ++i)
    own += names->key(i) % 3 == 0;
  CAF_REQUIRE_EQUAL(the_writer().held.size(), 1u);
  CAF_CHECK_EQUAL(the_writer().held[0].first.size(), own);
  CAF_CHECK_EQUAL(show(the_writer().held[0].first[0].rows), "10=1");
  CAF_CHECK_EQUAL(metrics.sum("rows_opened_total"), 100);
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

CAF_TEST_FIXTURE_SCOPE_END()

#define CAF_SUITE journal_keeper

#include "actors/journal/journal_keeper.hpp"
#include "tests/journal/journal_bench.hpp"
#include "tests/spawn_state.hpp"
#include "tests/test.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

using namespace rrdflow;

namespace {

/// What a shard heard to be synced; all else it refuses.
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

cache_shard_actor::behavior_type
shard_stand_in(cache_shard_actor::stateful_pointer<shard_state> self) {
  return {
    [](atom::why, const std::vector<uint32_t>&) {
      return std::vector<unstored>{};
    },
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
    [](atom::read, const read_request&) {
      return refuse<std::vector<fetch_result>>();
    },
    [](atom::last, const std::vector<uint32_t>&) {
      return std::vector<last_value>{};
    },
    [](atom::work) {},
  };
}

/// A JOURNAL_KEEPER with one shard.
struct keeper_fixture : test::fixture {
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
    aut = test::spawn_state<journal_keeper_state>(sys, settings, bench.uut);
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

  /// Of the metric's line with that label.
  double stat(const std::string& metric, const std::string& label = {}) {
    for (auto& [labels, value] : bench.registry.values(metric))
      if ((labels.empty() ? std::string{} : labels.front().second) == label)
        return value;
    return -1;
  }

  /// How many syncs /metrics shows.
  double syncs_shown() {
    auto text = bench.registry.text();
    std::string line{"rrdflow_journal_sync_seconds_count "};
    auto i = text.find(line);
    return i == std::string::npos ? -1
                                  : std::stod(text.substr(i + line.size()));
  }

  bool alive() {
    return !deref<journal_keeper_actor::stateful_base<journal_keeper_state>>(
              aut)
              .getf(caf::monitorable_actor::is_terminated_flag);
  }

  test::journal_bench bench;
  keeper_settings settings;
  cache_shard_actor shard;
  journal_keeper_actor aut; // actor under test
  int resumed = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(journal_keeper_tests, keeper_fixture)

CAF_TEST(shards are told what is synced) {
  bench.fill(3);
  subscribe();
  CAF_CHECK_EQUAL(synced(), (std::vector<position>{0}));
  tick();
  auto first = bench.uut->end();
  CAF_CHECK_EQUAL(synced(), (std::vector<position>{0, first}));
  tick(3);
  CAF_CHECK_EQUAL(synced().size(), 2u);
  bench.fill(4);
  CAF_CHECK_EQUAL(synced().size(), 2u);
  tick();
  CAF_CHECK_EQUAL(synced().back(), bench.uut->end());
  CAF_CHECK_EQUAL(syncs_shown(), 2.0);
}

CAF_TEST(a request is answered when all shards have done it) {
  auto hdl = self->request(aut, caf::infinite, atom::append_v,
                           flush_request{"plant/a"});
  sched.run();
  auto& feed = bench.uut->feed();
  feed.seek(bench.uut->begin(), 0);
  journal_record r;
  CAF_REQUIRE(feed.next(r) == feed_status::record);
  CAF_CHECK(r.kind == record_kind::flush);
  flush_request request;
  CAF_REQUIRE(unpack(r.payload, request));
  CAF_CHECK_EQUAL(request.series, "plant/a");
  // A share of a replayed request.
  self->send(aut, atom::done_v, r.request + 1, uint32_t{1}, request_outcome{});
  self->send(aut, atom::done_v, r.request, uint32_t{2},
             request_outcome{5, 1, {}});
  self->send(aut, atom::done_v, r.request, uint32_t{2},
             request_outcome{6, 0, {"b: full"}});
  sched.run();
  hdl.receive(
    [](const request_outcome& x) {
      CAF_CHECK_EQUAL(x.rows, 11u);
      CAF_CHECK_EQUAL(x.files, 1u);
      CAF_CHECK_EQUAL(x.failures.size(), 1u);
    },
    [](caf::error& err) { CAF_FAIL(explain(err)); });
}

CAF_TEST(requests of all kinds are appended) {
  self->send(aut, atom::done_v, uint64_t{9}, uint32_t{1}, request_outcome{});
  auto rules = self->request(aut, caf::infinite, atom::append_v,
                             rules_request{"[store]", {}});
  auto retire = self->request(aut, caf::infinite, atom::append_v,
                              retire_request{{"a"}, 5});
  auto forget = self->request(aut, caf::infinite, atom::append_v,
                              forget_request{"a*", true});
  sched.run();
  auto& feed = bench.uut->feed();
  feed.seek(bench.uut->begin(), 0);
  journal_record r;
  for (auto kind :
       {record_kind::rules, record_kind::retire, record_kind::forget}) {
    CAF_REQUIRE(feed.next(r) == feed_status::record);
    CAF_CHECK(r.kind == kind);
    self->send(aut, atom::done_v, r.request, uint32_t{1},
               request_outcome{r.request, 0, {}});
  }
  sched.run();
  auto failed = [](caf::error& err) { CAF_FAIL(explain(err)); };
  rules.receive([](const request_outcome& x) { CAF_CHECK_EQUAL(x.rows, 1u); },
                failed);
  retire.receive([](const request_outcome& x) { CAF_CHECK_EQUAL(x.rows, 2u); },
                 failed);
  forget.receive([](const request_outcome& x) { CAF_CHECK_EQUAL(x.rows, 3u); },
                 failed);
}

CAF_TEST(flushes do not wait for the next tick and share a sync) {
  subscribe();
  bench.fill(3);
  for (auto series : {"plant/a", "plant/b", "plant/c"})
    self->send(aut, atom::append_v, flush_request{series});
  sched.run();
  CAF_CHECK_EQUAL(synced(), (std::vector<position>{0, bench.uut->end()}));
  CAF_CHECK_EQUAL(syncs_shown(), 1.0);
  CAF_MESSAGE("other requests wait for it");
  self->send(aut, atom::append_v, forget_request{"a*", true});
  sched.run();
  CAF_CHECK_EQUAL(synced().size(), 2u);
}

CAF_TEST(what was not done when the keeper ends is refused) {
  auto ask = [this] {
    auto result = self->request(aut, caf::infinite, atom::append_v,
                                flush_request{"plant/a"});
    sched.run();
    return result;
  };
  auto refused = [](auto hdl) {
    hdl.receive([](const request_outcome&) { CAF_FAIL("done"); },
                [](caf::error& err) { CAF_CHECK(err == ec::shutting_down); });
  };
  auto first = ask();
  bench.fail_syncs = true;
  refused(ask());
  CAF_CHECK(!alive());
  refused(std::move(first));
}

CAF_TEST(a request that cannot be appended is answered at once) {
  auto hdl = self->request(aut, caf::infinite, atom::append_v,
                           flush_request{std::string(5000, 'x')});
  sched.run();
  hdl.receive([](const request_outcome&) { CAF_FAIL("appended"); },
              [](caf::error& err) { CAF_CHECK(err == ec::bad_request); });
}

CAF_TEST(a retirement that outgrows a record becomes several) {
  retire_request all;
  for (auto i = 0; i < 1000; ++i)
    all.files.push_back("sensors/hall " + std::to_string(i) + "/temperature");
  all.idle_since = 77;
  auto hdl = self->request(aut, caf::infinite, atom::append_v, all);
  sched.run();
  auto& feed = bench.uut->feed();
  feed.seek(bench.uut->begin(), 0);
  std::vector<std::string> files;
  std::vector<uint64_t> records;
  for (journal_record r; feed.next(r) == feed_status::record;) {
    CAF_CHECK(r.kind == record_kind::retire);
    retire_request part;
    CAF_REQUIRE(unpack(r.payload, part));
    CAF_CHECK_EQUAL(part.idle_since, 77);
    files.insert(files.end(), part.files.begin(), part.files.end());
    records.push_back(r.request);
  }
  CAF_CHECK_EQUAL(files, all.files);
  CAF_CHECK_GREATER(records.size(), 30u);
  CAF_MESSAGE("it is answered when all of them are done");
  for (auto x : records) {
    CAF_CHECK(self->mailbox().empty());
    self->send(aut, atom::done_v, x, uint32_t{1}, request_outcome{0, 1, {}});
    sched.run();
  }
  hdl.receive(
    [&](const request_outcome& x) { CAF_CHECK_EQUAL(x.files, records.size()); },
    [](caf::error& err) { CAF_FAIL(explain(err)); });
}

CAF_TEST(covered segments go) {
  bench.fill(300);
  tick();
  auto n = bench.segments().size();
  auto hdl = self->request(aut, caf::infinite, atom::last_v);
  sched.run();
  position end = 0;
  hdl.receive([&](position x) { end = x; },
              [](caf::error& err) { CAF_FAIL(explain(err)); });
  CAF_CHECK_EQUAL(end, bench.uut->end());
  self->send(aut, atom::covered_v, end);
  sched.run();
  CAF_CHECK_LESS(bench.segments().size(), n);
}

CAF_TEST(a stall is shown and ends by itself) {
  self->send_exit(aut, caf::exit_reason::user_shutdown);
  sched.run();
  bench.options.disk_reserve = 1 << 20;
  bench.available = 0;
  bench.open();
  start();
  CAF_CHECK_EQUAL(stat("stalled", "disk_reserve"), 1.0);
  CAF_CHECK_EQUAL(stat("stalled", "journal_full"), 0.0);
  tick(2);
  CAF_CHECK_EQUAL(resumed, 0);
  bench.available = 1 << 30;
  tick();
  CAF_CHECK_EQUAL(stat("stalled", "disk_reserve"), 0.0);
  CAF_CHECK_EQUAL(resumed, 1);
  CAF_CHECK_EQUAL(stat("stalls_total", "disk_reserve"), 1.0);
  CAF_CHECK_EQUAL(stat("stalls_total", "journal_full"), 0.0);
  bench.fill(1);
  CAF_CHECK_EQUAL(stat("messages_taken_total"), 1.0);
}

CAF_TEST(a failed sync ends the keeper and the next one rewrites) {
  subscribe();
  bench.fill(100);
  bench.fail_syncs = true;
  tick();
  CAF_CHECK(!alive());
  CAF_CHECK_EQUAL(synced(), (std::vector<position>{0}));
  CAF_MESSAGE("the disk is still broken when the flow starts again");
  start();
  subscribe();
  CAF_CHECK_EQUAL(stat("stalled", "io"), 1.0);
  tick(10);
  CAF_CHECK(alive());
  CAF_CHECK_EQUAL(synced(), (std::vector<position>{0, 0}));
  CAF_CHECK(bench.put("a", "b") == append_result::stalled);
  bench.fail_syncs = false;
  tick(5);
  CAF_CHECK_EQUAL(stat("stalled", "io"), 0.0);
  CAF_CHECK_EQUAL(resumed, 1);
  CAF_CHECK_EQUAL(synced().back(), bench.uut->end());
  bench.fill(200);
  tick();
  CAF_CHECK_EQUAL(synced().back(), bench.uut->end());
  CAF_CHECK_EQUAL(bench.read().sequences.size(), 200u);
}

CAF_TEST(the numbers of the journal are shown) {
  bench.fill(20);
  bench.uut->feed().seek(bench.uut->begin(), 0);
  journal_record r;
  bench.uut->feed().next(r);
  CAF_CHECK_EQUAL(stat("messages_taken_total"), 20.0);
  CAF_CHECK_EQUAL(stat("journal_waiting_messages"), 19.0);
  CAF_CHECK_EQUAL(stat("journal_bytes"), 4096.0);
  CAF_CHECK_EQUAL(stat("journal_gap_messages_total"), 0.0);
  CAF_CHECK_EQUAL(stat("journal_torn_bytes"), 0.0);
}

// -- requests -----------------------------------------------------------------

namespace {

/// What was answered, by name.
struct answers {
  pending_requests::answer to(const std::string& who) {
    return [this, who](caf::expected<request_outcome> x) {
      CAF_REQUIRE_EQUAL(given.count(who), 0u);
      if (x)
        given.emplace(who, std::move(*x));
      else
        refused.push_back(who);
    };
  }

  std::map<std::string, request_outcome> given;
  std::vector<std::string> refused;
};

} // namespace

CAF_TEST(a request is done when all shares are in) {
  answers x;
  pending_requests uut;
  uut.add({7}, x.to("a"));
  uut.done(7, 3, {1, 2, {}});
  uut.done(7, 3, {10, 20, {"a: full"}});
  CAF_CHECK(x.given.empty());
  uut.done(7, 3, {100, 200, {"b: full"}});
  CAF_REQUIRE_EQUAL(x.given.count("a"), 1u);
  CAF_CHECK_EQUAL(x.given["a"].rows, 111u);
  CAF_CHECK_EQUAL(x.given["a"].files, 222u);
  CAF_CHECK_EQUAL(x.given["a"].failures,
                  (std::vector<std::string>{"a: full", "b: full"}));
  CAF_CHECK_EQUAL(uut.size(), 0u);
}

CAF_TEST(a request of several records is done when all are) {
  answers x;
  pending_requests uut;
  uut.add({3, 4}, x.to("a"));
  uut.done(4, 1, {1, 0, {}});
  uut.done(3, 2, {10, 0, {}});
  CAF_CHECK(x.given.empty());
  uut.done(3, 2, {100, 0, {}});
  CAF_CHECK_EQUAL(x.given["a"].rows, 111u);
}

CAF_TEST(shares of unknown requests are ignored) {
  answers x;
  pending_requests uut;
  uut.done(1, 1, {});
  uut.add({2}, x.to("a"));
  uut.done(1, 1, {});
  CAF_CHECK(x.given.empty());
  uut.done(2, 1, {});
  uut.done(2, 1, {});
  CAF_CHECK_EQUAL(x.given.size(), 1u);
}

CAF_TEST(requests do not mix) {
  answers x;
  pending_requests uut;
  uut.add({1}, x.to("first"));
  uut.add({2}, x.to("second"));
  uut.done(1, 2, {1, 0, {}});
  uut.done(2, 2, {10, 0, {}});
  uut.done(2, 2, {10, 0, {}});
  uut.done(1, 2, {1, 0, {}});
  CAF_CHECK_EQUAL(x.given["second"].rows, 20u);
  CAF_CHECK_EQUAL(x.given["first"].rows, 2u);
}

CAF_TEST(each request is refused once) {
  answers x;
  pending_requests uut;
  uut.add({1, 2}, x.to("a"));
  uut.add({3}, x.to("b"));
  uut.done(1, 1, {});
  uut.refuse(fail(ec::shutting_down, "over"));
  std::sort(x.refused.begin(), x.refused.end());
  CAF_CHECK_EQUAL(x.refused, (std::vector<std::string>{"a", "b"}));
  CAF_CHECK_EQUAL(uut.size(), 0u);
}

CAF_TEST(an outcome names a bounded number of failures) {
  answers x;
  pending_requests uut;
  uut.add({1}, x.to("a"));
  request_outcome share;
  share.failures.assign(80, "x: gone");
  uut.done(1, 2, share);
  uut.done(1, 2, share);
  auto& sum = x.given["a"];
  CAF_REQUIRE_EQUAL(sum.failures.size(), pending_requests::max_failures + 1);
  CAF_CHECK_EQUAL(sum.failures.back(), "and 60 more");
}

CAF_TEST_FIXTURE_SCOPE_END()

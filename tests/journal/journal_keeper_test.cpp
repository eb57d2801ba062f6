#define CAF_SUITE journal_keeper

#include "tests/journal/keeper_fixture.hpp"

using namespace std::chrono_literals;
using namespace rrdflow;
using rrdflow::test::keeper_fixture;

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
  CAF_CHECK_EQUAL(stat("journal_sync_seconds_count"), 2.0);
  CAF_CHECK_EQUAL(stat("journal_sync_seconds_bucket", "+Inf"), 2.0);
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
  CAF_CHECK_EQUAL(stat("journal_sync_seconds_count"), 1.0);
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

CAF_TEST_FIXTURE_SCOPE_END()

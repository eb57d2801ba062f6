#define CAF_SUITE cache_shard

#include "tests/cache/shard_actor_fixture.hpp"

using namespace rrdflow;
using namespace rrdflow::test;
using namespace std::chrono_literals;

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
  CAF_CHECK_EQUAL(stat("rows_waiting"), files);
  answer();
  CAF_CHECK_EQUAL(stat("rows_waiting"), 36);
  answer();
  CAF_CHECK_EQUAL(stat("rows_waiting"), 0);
  CAF_CHECK_EQUAL(stat("rows_written_total"), files);
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

CAF_TEST_FIXTURE_SCOPE_END()

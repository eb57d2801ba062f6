#define CAF_SUITE shard_requests

// Flush, release, retire, and the waits for them.

#include "tests/cache/shard_fixture.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

cache_settings slow() {
  cache_settings result;
  result.flush_after = std::chrono::seconds{10'000};
  result.flush_jitter = std::chrono::seconds{0};
  return result;
}

struct requests_fixture {
  requests_fixture() {
    auto definition = define(10, {gauge_source(gap_fill::heartbeat, 60)});
    f = uut.open("f", definition);
    g = uut.open("g", definition);
    uut.advance_to(0);
    for (auto file : {f, g})
      for (auto at : {5, 15, 25})
        uut.put(file, at, at);
    uut.advance_to(21);
    uut.engine.synced(uut.journal);
  }

  /// Takes the jobs that a request waits for, and fails them.
  void fail_urgent() {
    auto jobs = uut.engine.take_jobs(true);
    CAF_REQUIRE(!jobs.empty());
    for (auto& job : jobs) {
      CAF_CHECK(job.urgent);
      uut.engine.finish(
        {{job.file, write_status::failed, 0, 0, 0, 0, "no space"}}, {});
    }
    uut.engine.wake(shard_engine::time_point::max());
  }

  shard uut{slow()};
  file_id f = 0;
  file_id g = 0;
};

using strings = std::vector<std::string>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(shard_requests_tests, requests_fixture)

CAF_TEST(a flush of one file writes what is over) {
  auto ticket = uut.engine.flush({f});
  CAF_CHECK(uut.engine.take_finished().empty());
  uut.write_all();
  auto done = uut.engine.take_finished();
  CAF_REQUIRE_EQUAL(done.size(), 1u);
  CAF_CHECK_EQUAL(done[0].ticket, ticket);
  CAF_CHECK_EQUAL(done[0].outcome.rows, 2u);
  CAF_CHECK_EQUAL(done[0].outcome.files, 1u);
  CAF_CHECK_EQUAL(show(uut.disk["f"]), "10=5 20=15");
  CAF_CHECK_EQUAL(show(uut.disk["g"]), "");
  CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows), "30=25");
}

CAF_TEST(a flush of all files waits for each of them) {
  uut.engine.flush({});
  auto jobs = uut.engine.take_jobs(true);
  CAF_REQUIRE_EQUAL(jobs.size(), 2u);
  uut.engine.finish({write(uut.disk, "f", jobs[0])}, {});
  CAF_CHECK(uut.engine.take_finished().empty());
  uut.engine.finish({write(uut.disk, "g", jobs[1])}, {});
  auto done = uut.engine.take_finished();
  CAF_REQUIRE_EQUAL(done.size(), 1u);
  CAF_CHECK_EQUAL(done[0].outcome.rows, 4u);
  CAF_CHECK_EQUAL(done[0].outcome.files, 2u);
}

CAF_TEST(a flush of nothing is done at once) {
  uut.engine.flush({77});
  auto done = uut.engine.take_finished();
  CAF_REQUIRE_EQUAL(done.size(), 1u);
  CAF_CHECK_EQUAL(done[0].outcome.files, 0u);
}

CAF_TEST(a flush waits for rows that are on their way already) {
  uut.engine.flush({f});
  auto jobs = uut.engine.take_jobs(true);
  uut.advance_to(31);
  uut.engine.synced(uut.journal);
  uut.engine.flush({f});
  CAF_CHECK(uut.engine.take_jobs(true).empty());
  uut.engine.finish({write(uut.disk, "f", jobs[0])}, {});
  CAF_CHECK_EQUAL(uut.engine.take_finished().size(), 1u);
  uut.write_all();
  auto done = uut.engine.take_finished();
  CAF_REQUIRE_EQUAL(done.size(), 1u);
  CAF_CHECK_EQUAL(done[0].outcome.rows, 3u);
}

CAF_TEST(a flush gives up a file that keeps failing and says so) {
  uut.engine.flush({f});
  for (auto i = 0; i < 3; ++i) {
    CAF_CHECK(uut.engine.take_finished().empty());
    fail_urgent();
  }
  auto done = uut.engine.take_finished();
  CAF_REQUIRE_EQUAL(done.size(), 1u);
  CAF_CHECK_EQUAL(done[0].outcome.rows, 0u);
  CAF_CHECK_EQUAL(done[0].outcome.failures, strings{"f: no space"});
  // The rows are not given up.
  uut.write_all();
  CAF_CHECK_EQUAL(show(uut.disk["f"]), "10=5 20=15");
  CAF_CHECK(uut.balanced());
}

CAF_TEST(a question for catching up waits for all sealed rows however long) {
  uut.engine.flush({f});
  auto ticket = uut.engine.catch_up();
  for (auto i = 0; i < 10; ++i)
    fail_urgent();
  CAF_CHECK_EQUAL(uut.engine.take_finished().size(), 1u); // the flush
  uut.write_all();
  auto done = uut.engine.take_finished();
  CAF_REQUIRE_EQUAL(done.size(), 1u);
  CAF_CHECK_EQUAL(done[0].ticket, ticket);
  uut.engine.catch_up();
  CAF_CHECK_EQUAL(uut.engine.take_finished().size(), 1u);
}

CAF_TEST(a question for catching up does not wait for a file that fails alone) {
  uut.engine.flush({f, g});
  auto ticket = uut.engine.catch_up();
  auto round = [&](bool g_is_written) {
    for (auto& job : uut.engine.take_jobs(true)) {
      write_outcome outcome{job.file, write_status::failed, 0, 0, 0, 0, "bad"};
      if (job.file == g && g_is_written)
        outcome = write(uut.disk, "g", job);
      uut.engine.finish({outcome}, {});
    }
    uut.engine.wake(shard_engine::time_point::max());
  };
  for (auto i = 0; i < 5; ++i)
    round(false);
  CAF_CHECK_EQUAL(uut.engine.take_finished().size(), 1u); // the flush
  CAF_MESSAGE("WHEN the other file is written");
  round(true);
  auto done = uut.engine.take_finished();
  CAF_REQUIRE_EQUAL(done.size(), 1u);
  CAF_CHECK_EQUAL(done[0].ticket, ticket);
  CAF_MESSAGE("and a later question waits for three failures");
  ticket = uut.engine.catch_up();
  CAF_CHECK(uut.engine.take_finished().empty());
  round(true);
  done = uut.engine.take_finished();
  CAF_REQUIRE_EQUAL(done.size(), 1u);
  CAF_CHECK_EQUAL(done[0].ticket, ticket);
}

CAF_TEST(
  a file whose own fault it is holds no request up though it is the only one) {
  uut.engine.flush({f});
  auto ticket = uut.engine.catch_up();
  for (auto i = 0; i < 3; ++i) {
    CAF_CHECK_EQUAL(uut.engine.take_finished().size(), 0u);
    for (auto& job : uut.engine.take_jobs(true)) {
      write_outcome x{job.file, write_status::failed, 0, 0, 0, 0, "bad", true};
      uut.engine.finish({x}, {});
    }
    uut.engine.wake(shard_engine::time_point::max());
  }
  auto done = uut.engine.take_finished();
  CAF_REQUIRE_EQUAL(done.size(), 2u);
  CAF_CHECK_EQUAL(done[1].ticket, ticket);
  CAF_MESSAGE("and its rows are kept until they can be written");
  uut.write_all();
  CAF_CHECK_EQUAL(show(uut.disk["f"]), "10=5 20=15");
  CAF_CHECK(uut.balanced());
}

CAF_TEST(a release writes everything and forgets the file) {
  uut.engine.release({f, 77});
  uut.write_all();
  auto done = uut.engine.take_finished();
  CAF_REQUIRE_EQUAL(done.size(), 1u);
  CAF_CHECK_EQUAL(done[0].outcome.rows, 3u);
  CAF_CHECK_EQUAL(done[0].outcome.files, 1u);
  CAF_CHECK_EQUAL(show(uut.disk["f"]), "10=5 20=15 30=25");
  CAF_CHECK(!uut.engine.waiting(f).known);
  CAF_CHECK(uut.engine.waiting(g).known);
  CAF_CHECK(uut.balanced());
}

CAF_TEST(a release waits for a job in flight) {
  uut.engine.flush({f});
  auto jobs = uut.engine.take_jobs(true);
  uut.engine.release({f});
  CAF_CHECK(uut.engine.take_jobs(true).empty());
  uut.engine.finish({write(uut.disk, "f", jobs[0])}, {});
  CAF_CHECK(uut.engine.waiting(f).known);
  CAF_CHECK_EQUAL(uut.engine.take_finished().size(), 1u);
  uut.write_all();
  CAF_CHECK(!uut.engine.waiting(f).known);
  auto done = uut.engine.take_finished();
  CAF_REQUIRE_EQUAL(done.size(), 1u);
  CAF_CHECK_EQUAL(done[0].outcome.rows, 3u);
}

CAF_TEST(a release that keeps failing leaves the file as it was) {
  uut.engine.release({f});
  for (auto i = 0; i < 3; ++i)
    fail_urgent();
  auto done = uut.engine.take_finished();
  CAF_REQUIRE_EQUAL(done.size(), 1u);
  CAF_CHECK_EQUAL(done[0].outcome.failures, strings{"f: no space"});
  CAF_CHECK_EQUAL(done[0].outcome.unwritten, std::vector<file_id>{f});
  CAF_CHECK_EQUAL(uut.stat("rows_abandoned_total", "forgotten"), 0);
  uut.engine.wake(shard_engine::time_point{} + std::chrono::minutes{1});
  uut.write_all();
  CAF_CHECK(uut.engine.waiting(f).known);
  CAF_CHECK_EQUAL(show(uut.disk["f"]), "10=5 20=15 30=25");
  CAF_CHECK(uut.balanced());
}

CAF_TEST(a release for deletion that keeps failing gives the rows up) {
  uut.engine.release({f}, true);
  for (auto i = 0; i < 3; ++i)
    fail_urgent();
  auto done = uut.engine.take_finished();
  CAF_REQUIRE_EQUAL(done.size(), 1u);
  CAF_CHECK_EQUAL(done[0].outcome.failures, strings{"f: no space"});
  CAF_CHECK(done[0].outcome.unwritten.empty());
  CAF_CHECK(!uut.engine.waiting(f).known);
  CAF_CHECK_EQUAL(uut.stat("rows_abandoned_total", "forgotten"), 3);
  CAF_CHECK(uut.balanced());
  CAF_CHECK(uut.engine.take_jobs(true).empty());
}

CAF_TEST(a retired file is forgotten once its rows are written) {
  auto now = epoch + 21;
  CAF_CHECK(uut.engine.idle(now - 21).empty());
  // Not before the heartbeat is over.
  CAF_CHECK(uut.engine.idle(now).empty());
  uut.engine.retire({f, g}, now);
  uut.advance_to(500);
  CAF_CHECK_EQUAL(uut.engine.idle(now), (std::vector<file_id>{f, g}));
  uut.engine.retire({f, g}, now);
  CAF_CHECK(uut.engine.waiting(f).known);
  // A new reading keeps its file.
  uut.put(g, 26, 1);
  uut.advance_to(20'000);
  uut.write_all();
  CAF_CHECK(!uut.engine.waiting(f).known);
  CAF_CHECK(uut.engine.waiting(g).known);
  CAF_CHECK_EQUAL(show(uut.disk["f"]), "10=5 20=15 30=25");
  CAF_CHECK(uut.balanced());
}

CAF_TEST(a file that is opened again is not forgotten) {
  uut.engine.retire({f}, epoch + 21);
  uut.engine.open({f, define(10, {gauge_source(gap_fill::heartbeat, 60)}), 0});
  uut.advance_to(20'000);
  uut.write_all();
  CAF_CHECK(uut.engine.waiting(f).known);
}

CAF_TEST(a file with newer readings is not retired) {
  uut.engine.retire({f}, epoch);
  uut.advance_to(20'000);
  uut.write_all();
  CAF_CHECK(uut.engine.waiting(f).known);
  // Now it has no rows: it goes at once.
  uut.engine.retire({f}, epoch + 1);
  CAF_CHECK(!uut.engine.waiting(f).known);
  uut.put(f, 20'001, 1);
  CAF_CHECK_EQUAL(uut.stat("samples_late_total"), 1);
}

CAF_TEST_FIXTURE_SCOPE_END()

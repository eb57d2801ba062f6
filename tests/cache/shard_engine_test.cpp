#define CAF_SUITE shard_engine

#include "tests/cache/shard_fixture.hpp"
#include "tests/test.hpp"

#include <algorithm>

using namespace rrdflow;
using namespace rrdflow::test;
using std::chrono::seconds;

namespace {

cache_settings
settings(int flush_after, int jitter = 0, uint64_t memory = 1 << 20) {
  cache_settings result;
  result.flush_after = seconds{flush_after};
  result.flush_jitter = seconds{jitter};
  result.memory = memory;
  return result;
}

definition_ptr plain(int64_t lateness = 0) {
  return define(10, {gauge_source(gap_fill::heartbeat, 60)}, lateness);
}

write_outcome failed(file_id f) {
  return {f, write_status::failed, 0, 0, 0, 0, "no space"};
}

/// Takes the jobs of both urgencies.
std::vector<write_job> take(shard& x) {
  x.engine.synced(x.journal);
  auto result = x.engine.take_jobs(true);
  for (auto& job : x.engine.take_jobs(false))
    result.push_back(std::move(job));
  return result;
}

} // namespace

CAF_TEST(rows wait until their file is due) {
  shard uut{settings(30)};
  auto f = uut.open("f", plain());
  uut.advance_to(3);
  uut.put(f, 2, 1);
  uut.advance_to(13);
  uut.put(f, 12, 2);
  uut.advance_to(32);
  uut.put(f, 31, 3);
  uut.write_all();
  CAF_CHECK_EQUAL(show(uut.disk["f"]), "");
  uut.advance_to(33);
  uut.write_all();
  // The running slot stays.
  CAF_CHECK_EQUAL(show(uut.disk["f"]), "10=1 20=2");
  CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows), "40=3");
  CAF_CHECK_EQUAL(uut.stat("rows_waiting"), 1);
  // What remains waits since its slot began.
  uut.advance_to(59);
  uut.write_all();
  CAF_CHECK_EQUAL(uut.stat("rows_waiting"), 1);
  uut.advance_to(62);
  uut.write_all();
  CAF_CHECK_EQUAL(uut.stat("rows_waiting"), 0);
  CAF_CHECK(uut.balanced());
}

CAF_TEST(lateness keeps a slot open) {
  shard uut{settings(0)};
  auto f = uut.open("f", plain(5));
  uut.advance_to(1);
  uut.put(f, 1, 1);
  uut.advance_to(14);
  uut.write_all();
  CAF_CHECK_EQUAL(show(uut.disk["f"]), "");
  uut.put(f, 9, 2);
  uut.advance_to(15);
  uut.write_all();
  CAF_CHECK_EQUAL(show(uut.disk["f"]), "10=2");
}

CAF_TEST(jitter spreads files by their names) {
  shard uut{settings(100, 50)};
  std::vector<file_id> files;
  uut.advance_to(0);
  for (auto i = 0; i < 20; ++i) {
    files.push_back(uut.open("f" + std::to_string(i), plain()));
    uut.put(files.back(), 1, 1);
  }
  std::set<int64_t> times;
  for (auto t = 1; t < 200; ++t) {
    uut.advance_to(t);
    for (auto& job : take(uut)) {
      times.insert(t);
      CAF_CHECK_EQUAL(static_cast<uint64_t>(t) - 100,
                      uut.names->key(job.file) % 50);
      uut.engine.finish({write(uut.disk, "x", job)}, {});
    }
  }
  CAF_CHECK_GREATER(times.size(), 10u);
}

CAF_TEST(rows go to the writer only when the journal is synced) {
  shard uut{settings(0)};
  auto f = uut.open("f", plain());
  uut.advance_to(0);
  uut.put(f, 5, 1);
  uut.advance_to(10);
  uut.engine.synced(uut.journal - 1);
  CAF_CHECK(uut.engine.take_jobs(false).empty());
  uut.engine.synced(uut.journal);
  CAF_CHECK_EQUAL(uut.engine.take_jobs(false).size(), 1u);
}

CAF_TEST(a file has one job in flight) {
  shard uut{settings(0)};
  auto f = uut.open("f", plain());
  uut.advance_to(0);
  uut.put(f, 5, 1);
  uut.advance_to(10);
  auto jobs = take(uut);
  CAF_REQUIRE_EQUAL(jobs.size(), 1u);
  uut.put(f, 15, 2);
  uut.advance_to(20);
  CAF_CHECK(take(uut).empty());
  // Both are shown until the writer confirms them.
  CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows), "10=1 20=2");
  uut.engine.finish({write(uut.disk, "f", jobs[0])}, {});
  CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows), "20=2");
  CAF_CHECK_EQUAL(take(uut).size(), 1u);
}

CAF_TEST(large files go in several jobs and many files in several messages) {
  shard uut{settings(0)};
  auto f = uut.open("f", define(1, {gauge_source(gap_fill::none, 60)}));
  uut.advance_to(0);
  for (auto i = 0; i < 1000; ++i)
    uut.put(f, 2 * i + 1, i); // with an extra row in front of each
  for (size_t i = 0; i < write_scheduler::max_files + 36; ++i)
    uut.put(uut.open("g" + std::to_string(i), plain()), 5, 1);
  uut.advance_to(3000);
  uut.engine.synced(uut.journal);
  auto first = uut.engine.take_jobs(false);
  CAF_CHECK_EQUAL(first.size(), write_scheduler::max_files);
  for (auto& job : first)
    CAF_CHECK_LESS(job.rows.times.size(), write_scheduler::max_rows + 1);
  CAF_CHECK_EQUAL(uut.engine.take_jobs(false).size(), 37u);
  shard whole{settings(0)};
  auto g = whole.open("f", define(1, {gauge_source(gap_fill::none, 60)}));
  for (auto i = 0; i < 1000; ++i)
    whole.put(g, 2 * i + 1, i);
  auto expected = whole.engine.waiting(g).rows;
  whole.advance_to(3000);
  whole.write_all();
  CAF_CHECK_EQUAL(expected.times.size(), 1999u);
  CAF_CHECK(whole.disk["f"] == expected);
}

CAF_TEST(a failed job is tried again after a growing pause) {
  shard uut{settings(0)};
  auto f = uut.open("f", plain());
  uut.advance_to(0);
  uut.put(f, 5, 1);
  uut.advance_to(10);
  shard_engine::time_point now{};
  std::vector<int64_t> pauses;
  for (auto i = 0; i < 9; ++i) {
    CAF_REQUIRE_EQUAL(take(uut).size(), 1u);
    uut.engine.finish({failed(f)}, now);
    CAF_CHECK(take(uut).empty());
    auto pause = *uut.engine.next_wake() - now;
    pauses.push_back(
      std::chrono::duration_cast<std::chrono::milliseconds>(pause).count());
    uut.engine.wake(now + pause - std::chrono::milliseconds{1});
    CAF_CHECK(take(uut).empty());
    now += pause;
    uut.engine.wake(now);
  }
  CAF_CHECK_EQUAL(pauses, (std::vector<int64_t>{100, 200, 400, 800, 1600, 3200,
                                                6400, 10000, 10000}));
  CAF_CHECK_EQUAL(uut.stat("rows_waiting"), 1);
  uut.write_all();
  CAF_CHECK_EQUAL(show(uut.disk["f"]), "10=1");
  CAF_CHECK(uut.balanced());
}

CAF_TEST(a postponed job is tried again soon) {
  shard uut{settings(0)};
  auto f = uut.open("f", plain());
  uut.advance_to(0);
  uut.put(f, 5, 1);
  uut.advance_to(10);
  for (auto i = 0; i < 20; ++i) {
    CAF_REQUIRE_EQUAL(take(uut).size(), 1u);
    uut.engine.finish({{f, write_status::postponed, 0, 0, 0, 0, ""}}, {});
    CAF_CHECK(*uut.engine.next_wake()
              == shard_engine::time_point{std::chrono::milliseconds{200}});
    uut.engine.wake(*uut.engine.next_wake());
  }
}

CAF_TEST(what a file refuses for ever is given up) {
  shard uut{settings(0)};
  auto f = uut.open("f", define(10, {gauge_source(gap_fill::none, 60)}));
  uut.advance_to(0);
  for (auto at : {5, 15, 45})
    uut.put(f, at, 1);
  uut.advance_to(50);
  auto jobs = take(uut);
  CAF_REQUIRE_EQUAL(show(jobs[0].rows), "10=1 20=1 40=U 50=1");
  uut.engine.finish(
    {{f, write_status::done, 1, 0, 3, (epoch + 10) * 1000, "foreign"}}, {});
  CAF_CHECK_EQUAL(uut.stat("rows_written_total"), 1);
  CAF_CHECK_EQUAL(uut.stat("rows_abandoned_total", "unwritable"), 2);
  CAF_CHECK(uut.balanced());
}

CAF_TEST(rows that were given up end no gap) {
  shard uut{settings(0)};
  auto f = uut.open("f", define(10, {gauge_source(gap_fill::none, 60)}));
  uut.advance_to(0);
  for (auto at : {5, 15})
    uut.put(f, at, 1);
  uut.advance_to(20);
  CAF_REQUIRE_EQUAL(take(uut).size(), 1u);
  uut.engine.finish(
    {{f, write_status::done, 1, 0, 1, (epoch + 10) * 1000, "foreign"}}, {});
  uut.put(f, 25, 1);
  uut.advance_to(30);
  // The file has nothing at 20.
  CAF_CHECK_EQUAL(show(take(uut)[0].rows), "20=U 30=1");
}

CAF_TEST(rows that the file has already count as written) {
  shard uut{settings(0)};
  auto f = uut.open("f", define(10, {gauge_source(gap_fill::none, 60)}));
  uut.advance_to(0);
  for (auto at : {5, 45})
    uut.put(f, at, 1);
  uut.advance_to(50);
  CAF_REQUIRE_EQUAL(take(uut).size(), 1u);
  uut.engine.finish({{f, write_status::done, 1, 2, 0, (epoch + 50) * 1000, ""}},
                    {});
  CAF_CHECK_EQUAL(uut.stat("rows_written_total"), 2);
  CAF_CHECK(uut.balanced());
}

CAF_TEST(credit is withheld only for sealed rows) {
  shard uut{settings(0, 0, 10 * 16)};
  auto f = uut.open("f", define(1, {gauge_source(gap_fill::heartbeat, 60)}));
  uut.advance_to(0);
  for (auto i = 0; i < 20; ++i)
    uut.put(f, i + 1, 1);
  // Nothing is sealed yet.
  CAF_CHECK(uut.engine.has_credit());
  uut.advance_to(20);
  CAF_CHECK(!uut.engine.has_credit());
  uut.write_all();
  CAF_CHECK(uut.engine.has_credit());
}

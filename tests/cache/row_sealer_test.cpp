#define CAF_SUITE row_sealer

// What is sealed early, because rows outgrow the memory; that advancing to a
// second equals advancing to all seconds up to it; and that what gets into the
// files does not depend on when the writer gets its turn.

#include "tests/cache/random_stream.hpp"
#include "tests/test.hpp"

#include <algorithm>
#include <tuple>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

cache_settings settings(uint64_t memory) {
  cache_settings result;
  result.flush_after = std::chrono::seconds{10'000};
  result.flush_jitter = std::chrono::seconds{0};
  result.memory = memory;
  return result;
}

definition_ptr plain(int64_t lateness = 0) {
  return define(10, {gauge_source(gap_fill::heartbeat, 60)}, lateness);
}

cache_settings settings_of(unsigned seed) {
  cache_settings result;
  result.flush_after = std::chrono::seconds{seed % 3 * 20};
  result.flush_jitter = std::chrono::seconds{seed % 2 * 30};
  // Enough, or so little that rows are sealed early all the time.
  result.memory = seed % 4 < 2 ? 1 << 20 : 600;
  return result;
}

} // namespace

CAF_TEST(unsealed rows beyond the memory are sealed early) {
  // Room for 64 rows; they go on being sealed until 60 remain.
  shard uut{settings(64 * 16)};
  std::vector<file_id> files;
  for (auto i = 0; i < 8; ++i)
    files.push_back(uut.open("f" + std::to_string(i), plain()));
  auto t = 0;
  for (; t < 80; ++t) {
    uut.advance_to(t);
    // One file more each ten seconds.
    for (auto i = 0; i <= t / 10; ++i)
      uut.put(files[static_cast<size_t>(i)], t + 0.5, t);
  }
  // 8 + 7 + ... + 1 rows.
  uut.write_all();
  CAF_CHECK_EQUAL(uut.stat("rows_opened_total"), 36);
  CAF_CHECK_EQUAL(uut.stat("rows_written_total"), 0);
  while (uut.stat("rows_waiting") <= 64) {
    uut.advance_to(t);
    for (auto f : files)
      uut.put(f, t + 0.5, t);
    ++t;
  }
  uut.advance_to(t);
  uut.write_all();
  // The file that waits longest went first, all but its running slot.
  CAF_CHECK_EQUAL(uut.disk.size(), 1u);
  CAF_CHECK_EQUAL(uut.disk["f0"].times.size(), static_cast<size_t>(t / 10));
  CAF_CHECK_EQUAL(uut.engine.waiting(files[0]).rows.times.size(), 1u);
  CAF_CHECK(uut.balanced());
}

CAF_TEST(what waits longest is sealed first and then by its key) {
  // Each file has six rows. The oldest one is over in two files of three.
  constexpr auto count = 6000u;
  constexpr auto memory = 570'000u;
  constexpr auto sealed = (count * 6 * 16 - memory / 16 * 15 + 15) / 16;
  shard uut{settings(memory)};
  std::vector<std::tuple<int, uint64_t, file_id>> order;
  for (auto i = 0u; i < count; ++i) {
    auto second = static_cast<int>(i / 1000);
    uut.advance_to(second);
    auto f = uut.open("f" + std::to_string(i), plain(i % 3 == 0 ? 100 : 0));
    uut.put(f, 5, 1);
    for (auto at : {75, 85, 95, 105, 115})
      uut.put(f, at, 1);
    if (i % 3 != 0)
      order.emplace_back(second, uut.names->key(f), f);
  }
  std::sort(order.begin(), order.end());
  uut.advance_to(60);
  uut.write_all();
  CAF_CHECK_EQUAL(uut.stat("rows_written_total"), sealed);
  for (size_t i = 0; i < order.size(); ++i) {
    auto path = uut.names->path(std::get<file_id>(order[i]));
    CAF_REQUIRE_EQUAL(uut.disk.count(std::string{path}), i < sealed);
  }
  CAF_CHECK(uut.balanced());
}

CAF_TEST(running slots stay even without memory) {
  shard uut{settings(1)};
  auto f = uut.open("f", plain());
  uut.advance_to(0);
  uut.put(f, 5, 1);
  uut.advance_to(9);
  uut.write_all();
  CAF_CHECK_EQUAL(show(uut.disk["f"]), "");
  // One jump, in which the slot ends.
  uut.advance_to(1000);
  uut.write_all();
  CAF_CHECK_EQUAL(show(uut.disk["f"]), "10=1");
}

CAF_TEST(the age of the oldest row is exact) {
  shard uut{settings(1 << 20)};
  auto f = uut.open("f", plain());
  auto g = uut.open("g", plain());
  uut.advance_to(0);
  CAF_CHECK_EQUAL(uut.stat("oldest_waiting_row_seconds"), 0);
  uut.put(f, 15, 1);
  CAF_CHECK_EQUAL(uut.stat("oldest_waiting_row_seconds"), 0);
  uut.put(g, 25, 1);
  uut.advance_to(50);
  CAF_CHECK_EQUAL(uut.stat("oldest_waiting_row_seconds"), 30);
  // A row that comes late is the first then.
  uut.put(g, 5, 1);
  CAF_CHECK_EQUAL(uut.stat("oldest_waiting_row_seconds"), 40);
  uut.engine.flush({g});
  uut.write_all();
  CAF_CHECK_EQUAL(uut.stat("oldest_waiting_row_seconds"), 30);
  shard after{settings(1 << 20)};
  after.names->add("f");
  CAF_REQUIRE(!load(after, {pack(uut.engine)}));
  CAF_CHECK_EQUAL(after.stat("oldest_waiting_row_seconds"), 30);
  uut.engine.flush({});
  uut.write_all();
  CAF_CHECK_EQUAL(uut.stat("oldest_waiting_row_seconds"), 0);
}

CAF_TEST(a jump equals its steps) {
  for (auto seed = 0u; seed < 60; ++seed) {
    random_stream stream{seed};
    stream_shard steps{settings_of(seed)};
    stream_shard jumps{settings_of(seed)};
    const stream_step* last = nullptr;
    for (auto& x : stream.steps()) {
      if (x.kind == stream_step::second) {
        // The last is a jump in itself.
        for (auto t = last != nullptr ? last->time + 1 : 1; t <= x.time; ++t) {
          steps.engine.advance_watermark(epoch + t, ++steps.journal);
          steps.write_all();
        }
        last = &x;
        continue;
      }
      if (last != nullptr)
        jumps.take(*last);
      jumps.write_all();
      steps.write_all();
      steps.take(x);
      jumps.take(x);
      for (file_id f = 0; f < random_stream::file_count; ++f)
        CAF_REQUIRE(steps.engine.waiting(f).rows
                    == jumps.engine.waiting(f).rows);
    }
    jumps.take(*last);
    jumps.write_all();
    steps.write_all();
    CAF_REQUIRE(steps.disk == jumps.disk);
    CAF_REQUIRE_EQUAL(jumps.stat("rows_waiting"), 0);
    CAF_REQUIRE_EQUAL(steps.stat("samples_late_total", "plant"),
                      jumps.stat("samples_late_total", "plant"));
    CAF_REQUIRE(jumps.balanced());
  }
}

CAF_TEST(the writer does not change what is written) {
  for (auto seed = 0u; seed < 40; ++seed) {
    random_stream stream{seed};
    stream_shard eager{settings_of(seed)};
    stream_shard lazy{settings_of(seed)};
    std::mt19937 random{seed};
    std::vector<write_job> jobs;
    for (auto& x : stream.steps()) {
      eager.take(x);
      eager.write_all();
      lazy.take(x);
      lazy.engine.synced(lazy.journal - random() % 5);
      for (auto urgent : {true, false})
        if (random() % 4 == 0)
          for (auto& job : lazy.engine.take_jobs(urgent))
            jobs.push_back(std::move(job));
      if (random() % 4 != 0)
        continue;
      for (auto& job : jobs) {
        write_outcome outcome;
        outcome.file = job.file;
        outcome.status = write_status::failed;
        if (random() % 2 == 0)
          outcome = write(lazy.disk, random_stream::name_of(job.file), job);
        lazy.engine.finish({outcome}, {});
      }
      jobs.clear();
      lazy.engine.wake(shard_engine::time_point::max());
      CAF_REQUIRE(lazy.balanced());
      CAF_REQUIRE(eager.balanced());
    }
    for (auto& job : jobs)
      lazy.engine.finish(
        {write(lazy.disk, random_stream::name_of(job.file), job)}, {});
    lazy.engine.wake(shard_engine::time_point::max());
    lazy.write_all();
    CAF_REQUIRE(lazy.disk == eager.disk);
    CAF_REQUIRE_EQUAL(lazy.stat("rows_waiting"), 0);
  }
}

#define CAF_SUITE shard_time

// Proves that telling a second equals telling all seconds up to it, and that
// what gets into the files does not depend on when the writer gets its turn.

#include "tests/cache/random_stream.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

cache_settings settings(unsigned seed) {
  cache_settings result;
  result.flush_after = std::chrono::seconds{seed % 3 * 20};
  result.flush_jitter = std::chrono::seconds{seed % 2 * 30};
  // Enough, or so little that rows are sealed early all the time.
  result.memory = seed % 4 < 2 ? 1 << 20 : 600;
  return result;
}

} // namespace

CAF_TEST(a jump equals its steps) {
  for (auto seed = 0u; seed < 60; ++seed) {
    random_stream stream{seed};
    stream_shard steps{settings(seed)};
    stream_shard jumps{settings(seed)};
    const stream_step* told = nullptr;
    for (auto& x : stream.steps()) {
      if (x.kind == stream_step::second) {
        // The last is a jump in itself.
        for (auto t = told != nullptr ? told->time + 1 : 1; t <= x.time; ++t) {
          steps.engine.second(epoch + t, ++steps.journal);
          steps.write_all();
        }
        told = &x;
        continue;
      }
      if (told != nullptr)
        jumps.take(*told);
      jumps.write_all();
      steps.write_all();
      steps.take(x);
      jumps.take(x);
      for (file_id f = 0; f < random_stream::file_count; ++f)
        CAF_REQUIRE(steps.engine.waiting(f).rows
                    == jumps.engine.waiting(f).rows);
    }
    jumps.take(*told);
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
    stream_shard eager{settings(seed)};
    stream_shard lazy{settings(seed)};
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

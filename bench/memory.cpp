// What the cache takes: SERIES series with ROWS rows each, then the same series
// without a row that waits. Prints JSON.
//
//   memory SERIES ROWS

#include "runtime/service/process.hpp"

#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <limits>

#include "bench/flow.hpp"

using namespace rrdflow;

namespace {

/// Tells the shard that all its rows are written.
void empty(bench::flow& uut, int64_t now) {
  auto& shard = uut.shard();
  shard.advance_watermark(now, 1);
  shard.synced(std::numeric_limits<position>::max());
  shard.flush({});
  for (;;) {
    auto jobs = shard.take_jobs(true);
    if (jobs.empty())
      break;
    std::vector<write_outcome> outcomes;
    for (auto& x : jobs) {
      write_outcome y;
      y.file = x.file;
      y.written = static_cast<uint32_t>(x.rows.times.size());
      y.last_update = x.rows.times.back() * 1000;
      outcomes.push_back(std::move(y));
    }
    shard.finish(outcomes, {});
    shard.take_finished();
  }
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3)
    return 64;
  return_large_blocks();
  auto series = std::strtoull(argv[1], nullptr, 10);
  auto rows = std::strtoull(argv[2], nullptr, 10);
  bench::scratch folder;
  bench::network messages{series, 0};
  ::malloc_trim(0);
  auto before = bench::anonymous_bytes();
  bench::flow_settings settings;
  settings.rules = bench::plain_rules;
  bench::flow uut{folder.store(), settings};
  size_t round = 0;
  while (round < rows)
    bench::play(uut, messages, round++);
  auto full = bench::anonymous_bytes() - before;
  if (uut.stat("rows_waiting") != static_cast<double>(series * rows))
    return 1;
  empty(uut, bench::begin_time + static_cast<int64_t>(round + 1) * 10);
  if (uut.stat("rows_waiting") != 0)
    return 1;
  auto emptied = bench::anonymous_bytes() - before;
  ::malloc_trim(0);
  auto trimmed = bench::anonymous_bytes() - before;
  std::printf("{\"series\": %llu, \"rows\": %llu, \"full\": %llu, "
              "\"emptied\": %llu, \"trimmed\": %llu}\n",
              static_cast<unsigned long long>(series),
              static_cast<unsigned long long>(series * rows),
              static_cast<unsigned long long>(full),
              static_cast<unsigned long long>(emptied),
              static_cast<unsigned long long>(trimmed));
  return 0;
}

#define CAF_SUITE shard_relief

// What is sealed early, because rows outgrow the memory.

#include "tests/cache/shard_fixture.hpp"
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
  return define(10, {gauge(gap_fill::heartbeat, 60)}, lateness);
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
    uut.tell(t);
    // One file more each ten seconds.
    for (auto i = 0; i <= t / 10; ++i)
      uut.put(files[static_cast<size_t>(i)], t + 0.5, t);
  }
  // 8 + 7 + ... + 1 rows.
  uut.write_all();
  CAF_CHECK_EQUAL(uut.stat("rows_opened_total"), 36);
  CAF_CHECK_EQUAL(uut.stat("rows_written_total"), 0);
  while (uut.stat("rows_waiting") <= 64) {
    uut.tell(t);
    for (auto f : files)
      uut.put(f, t + 0.5, t);
    ++t;
  }
  uut.tell(t);
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
    uut.tell(second);
    auto f = uut.open("f" + std::to_string(i), plain(i % 3 == 0 ? 100 : 0));
    uut.put(f, 5, 1);
    for (auto at : {75, 85, 95, 105, 115})
      uut.put(f, at, 1);
    if (i % 3 != 0)
      order.emplace_back(second, uut.names->key(f), f);
  }
  std::sort(order.begin(), order.end());
  uut.tell(60);
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
  uut.tell(0);
  uut.put(f, 5, 1);
  uut.tell(9);
  uut.write_all();
  CAF_CHECK_EQUAL(show(uut.disk["f"]), "");
  // One jump, in which the slot ends.
  uut.tell(1000);
  uut.write_all();
  CAF_CHECK_EQUAL(show(uut.disk["f"]), "10=1");
}

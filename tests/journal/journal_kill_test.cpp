#define CAF_SUITE journal_kill

#include "actors/journal/journal.hpp"
#include "tests/journal/journal_bench.hpp"
#include "tests/test.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <random>

using namespace rrdflow;

// Proves: a message that was taken is there after kill -9, whatever the moment,
// the making of segments included.
CAF_TEST(what was taken survives a killed process) {
  test::journal_bench bench;
  bench.options.segment_size = 16384;
  auto shared = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto taken = new (shared) std::atomic<uint64_t>{0};
  std::minstd_rand random{7};
  for (auto round = 0; round < 40; ++round) {
    auto pid = ::fork();
    CAF_REQUIRE_GREATER_OR_EQUAL(pid, 0);
    if (pid == 0) {
      bench.open();
      for (;;) {
        bench.fill(bench.uut->last_sequence() + 1);
        *taken = bench.uut->last_sequence();
        if (*taken % 50 == 0)
          bench.uut->writer().make_room();
      }
    }
    ::usleep(static_cast<useconds_t>(500 + random() % 5000));
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    bench.open();
    auto last = bench.uut->last_sequence();
    // One may be in the journal before its caller hears of it.
    CAF_CHECK_GREATER_OR_EQUAL(last, *taken);
    CAF_CHECK_LESS_OR_EQUAL(last, *taken + 1);
    auto result = bench.read();
    CAF_CHECK_EQUAL(result.sequences.size(), last);
    CAF_CHECK_EQUAL(result.wrong, 0u);
    CAF_CHECK(result.gaps.empty());
    CAF_CHECK_EQUAL(bench.uut->report().problems.size(), 0u);
    *taken = last;
    bench.uut = nullptr;
  }
  CAF_CHECK_GREATER(*taken, 40u);
  ::munmap(shared, 4096);
}

// Puts messages into the journal of a store whose service does not run, as if
// they had come while it was away:
//
//   feed_journal STORE SERIES ROUNDS SECONDS-AGO
//
// In each round every series has a number; rounds are 10 s apart, the first
// SECONDS-AGO before now.

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "bench/flow.hpp"

using namespace rrdflow;

int main(int argc, char** argv) {
  if (argc != 5)
    return 64;
  auto rounds = std::strtoull(argv[3], nullptr, 10);
  bench::network messages{std::strtoull(argv[2], nullptr, 10), 0};
  auto wall = std::chrono::system_clock::now().time_since_epoch();
  auto now = std::chrono::nanoseconds{wall}.count()
             - std::strtoll(argv[4], nullptr, 10) * 1'000'000'000;
  journal_options options;
  options.directory = argv[1];
  options.random = static_cast<uint64_t>(now);
  options.disk_reserve = 0;
  options.clock.wall = options.clock.boot = [&now] { return now; };
  auto store = bench::require(journal::open(std::move(options)));
  for (size_t round = 0; round < rounds; ++round, now += 10'000'000'000)
    for (size_t i = 0; i < messages.topics(); ++i) {
      record_content x;
      x.topic = messages.topic(i);
      x.payload = messages.payload(i, round);
      if (store->writer().append(x) != append_result::taken) {
        std::fprintf(stderr, "the journal takes no message\n");
        return 1;
      }
    }
  bench::require(store->writer().sync());
  return 0;
}

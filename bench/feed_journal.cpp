// Puts messages into the journal of a store whose service does not run, as if
// they had come while it was away:
//
//   feed_journal STORE SERIES ROUNDS
//
// In each round every series has a number; rounds are a second apart.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "bench/flow.hpp"

using namespace rrdflow;

int main(int argc, char** argv) {
  if (argc != 4)
    return 64;
  auto rounds = std::strtoull(argv[3], nullptr, 10);
  bench::network messages{std::strtoull(argv[2], nullptr, 10), 0};
  journal_options options;
  options.directory = argv[1];
  options.disk_reserve = 0;
  auto store = bench::require(journal::open(std::move(options)));
  for (size_t round = 0; round < rounds; ++round) {
    if (round > 0)
      std::this_thread::sleep_for(std::chrono::seconds{1});
    for (size_t i = 0; i < messages.topics(); ++i) {
      record_content x;
      x.topic = messages.topic(i);
      x.payload = messages.payload(i, round);
      if (store->writer().append(x) != append_result::taken) {
        std::fprintf(stderr, "the journal takes no message\n");
        return 1;
      }
    }
  }
  bench::require(store->writer().sync());
  return 0;
}

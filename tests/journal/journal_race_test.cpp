#define CAF_SUITE journal_race

#include "actors/journal/journal.hpp"
#include "tests/journal/journal_race.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

CAF_TEST(a reader sees each message once and in order while others append) {
  for (auto seed : {1u, 2u, 3u}) {
    auto failure = test::race(seed, 20000);
    if (!failure.empty())
      CAF_ERROR("seed " << seed << ": " << failure);
    CAF_CHECK(failure.empty());
  }
}

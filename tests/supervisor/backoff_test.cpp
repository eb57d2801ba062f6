#define CAF_SUITE backoff

#include "actors/supervisor/backoff.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace std::chrono_literals;

CAF_TEST(delays double up to half a minute) {
  backoff uut;
  auto now = backoff::time_point{} + 1h;
  std::vector<int64_t> delays;
  for (auto i = 0; i < 8; ++i) {
    auto x = uut.failed(now);
    delays.push_back(
      std::chrono::duration_cast<std::chrono::seconds>(x).count());
    now += x + 1s;
  }
  CAF_CHECK_EQUAL(delays, (std::vector<int64_t>{0, 1, 2, 4, 8, 16, 30, 30}));
}

CAF_TEST(a minute of calm starts over) {
  backoff uut;
  auto now = backoff::time_point{} + 1h;
  uut.failed(now);
  CAF_CHECK(uut.failed(now + 59s) == 1s);
  CAF_CHECK(uut.failed(now + 59s + 1s + 61s) == 0s);
}

#define CAF_SUITE log_throttle

#include "actors/base/log_throttle.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace std::chrono_literals;

CAF_TEST(so many lines pass in each interval and the others are counted) {
  log_throttle x{10s, 2};
  CAF_CHECK(x.admit(100s));
  CAF_CHECK(x.admit(101s));
  CAF_CHECK(!x.admit(102s));
  CAF_CHECK(!x.admit(109s));
  CAF_CHECK(x.admit(110s));
  CAF_CHECK_EQUAL(x.take_held(), 2u);
  CAF_CHECK_EQUAL(x.take_held(), 0u);
}

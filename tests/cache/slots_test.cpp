#define CAF_SUITE slots

#include "actors/cache/slots.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

constexpr int64_t s = 1'000'000'000;

} // namespace

CAF_TEST(a slot covers its end but not its start) {
  CAF_CHECK_EQUAL(place_of(100 * s, 10).slot, 10);
  CAF_CHECK_EQUAL(place_of(100 * s + 1, 10).slot, 11);
  CAF_CHECK_EQUAL(place_of(109 * s, 10).slot, 11);
  CAF_CHECK_EQUAL(place_of(110 * s, 10).slot, 11);
  CAF_CHECK_EQUAL(place_of(110 * s + 1, 10).slot, 12);
}

CAF_TEST(slots go on below the epoch) {
  CAF_CHECK_EQUAL(place_of(1, 10).slot, 1);
  CAF_CHECK_EQUAL(place_of(0, 10).slot, 0);
  CAF_CHECK_EQUAL(place_of(-1, 10).slot, 0);
  CAF_CHECK_EQUAL(place_of(-10 * s + 1, 10).slot, 0);
  CAF_CHECK_EQUAL(place_of(-10 * s, 10).slot, -1);
  CAF_CHECK_EQUAL(place_of(-10 * s - 1, 10).slot, -1);
}

CAF_TEST(a fraction grows from the first to the last nanosecond of a slot) {
  // One second, five minutes, a year.
  for (int64_t step : {int64_t{1}, int64_t{300}, int64_t{365 * 86400}}) {
    auto end = 7 * step * s;
    auto begin = 6 * step * s;
    CAF_CHECK_EQUAL(place_of(begin + 1, step).fraction, 0u);
    CAF_CHECK_LESS(place_of(begin + step * s / 2, step).fraction,
                   place_of(end, step).fraction);
    CAF_CHECK_EQUAL(place_of(end + 1, step).fraction, 0u);
  }
  // Up to four seconds each nanosecond counts.
  CAF_CHECK_EQUAL(place_of(4 * s, 4).fraction, 4'000'000'000u - 1);
  CAF_CHECK_LESS(place_of(-1, 1).fraction, place_of(0, 1).fraction);
}

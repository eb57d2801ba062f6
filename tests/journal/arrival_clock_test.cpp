#define CAF_SUITE arrival_clock

#include "actors/journal/arrival_clock.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

constexpr int64_t second = 1'000'000'000;

struct fixture {
  int64_t wall = 1000 * second;
  int64_t boot = 10 * second;

  arrival_clock make(int64_t floor) {
    return {{[this] { return wall; }, [this] { return boot; }}, floor};
  }

  void pass(int64_t x) {
    wall += x;
    boot += x;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(arrival_clock_tests, fixture)

CAF_TEST(time follows the wall clock forward) {
  auto uut = make(0);
  CAF_CHECK_EQUAL(uut.now(), 1000 * second);
  pass(7);
  CAF_CHECK_EQUAL(uut.now(), 1000 * second + 7);
  wall += 3600 * second;
  CAF_CHECK_EQUAL(uut.now(), 4600 * second + 7);
}

CAF_TEST(after a step back time goes on by the boot clock) {
  auto uut = make(0);
  uut.now();
  wall -= 3600 * second;
  pass(5 * second);
  CAF_CHECK_EQUAL(uut.now(), 1005 * second);
  CAF_CHECK(!uut.behind());
  // Forward again, but not beyond where time is: nothing happens.
  wall += 3599 * second;
  CAF_CHECK_EQUAL(uut.now(), 1005 * second);
  wall += 2 * second;
  CAF_CHECK_EQUAL(uut.now(), 1006 * second);
}

CAF_TEST(a clock as it is steps back and never waits) {
  clock_sources sources;
  sources.wall = [this] { return wall; };
  sources.boot = [this] { return boot; };
  sources.as_it_is = true;
  arrival_clock uut{sources, 5000 * second};
  CAF_CHECK(!uut.behind());
  CAF_CHECK_EQUAL(uut.now(), 1000 * second);
  wall -= 10 * second;
  CAF_CHECK_EQUAL(uut.now(), 990 * second);
}

CAF_TEST(a clock far behind the floor waits) {
  auto uut = make(1002 * second);
  CAF_CHECK(uut.behind());
  CAF_CHECK_EQUAL(uut.now(), 1002 * second);
  pass(second / 2);
  CAF_CHECK(uut.behind());
  pass(second / 2);
  CAF_CHECK(!uut.behind());
  CAF_CHECK_EQUAL(uut.now(), 1002 * second);
  pass(3 * second);
  CAF_CHECK_EQUAL(uut.now(), 1004 * second);
}

CAF_TEST(a clock little behind the floor holds it) {
  auto uut = make(1000 * second + 5);
  CAF_CHECK(!uut.behind());
  CAF_CHECK_EQUAL(uut.now(), 1000 * second + 5);
  pass(7);
  CAF_CHECK_EQUAL(uut.now(), 1000 * second + 7);
}

CAF_TEST_FIXTURE_SCOPE_END()

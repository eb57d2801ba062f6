#define CAF_SUITE mqtt_backoff

#include "actors/mqtt/mqtt_backoff.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace std::chrono_literals;

namespace {

struct fixture {
  mqtt_backoff uut;
  mqtt_backoff::time_point now{1h};

  /// How long it takes until the next attempt.
  std::chrono::milliseconds delay() {
    auto result = 0ms;
    while (!uut.due(now + result))
      result += 10ms;
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(mqtt_backoff_tests, fixture)

CAF_TEST(the first attempt is made at once) {
  CAF_CHECK(uut.due(now));
}

CAF_TEST(a broker that is away is tried at least each second for ever) {
  for (auto i = 0; i < 1000; ++i) {
    uut.unreachable(now);
    CAF_CHECK_LESS_OR_EQUAL(delay().count(), 1000);
    now += 1s;
  }
}

CAF_TEST(a broker that refuses us is asked ever more rarely) {
  std::vector<int64_t> delays;
  for (auto i = 0; i < 7; ++i) {
    uut.refused(now);
    delays.push_back(delay() / 1s);
    now += 1min;
  }
  CAF_CHECK_EQUAL(delays, (std::vector<int64_t>{1, 2, 4, 8, 16, 30, 30}));
}

CAF_TEST(a connection that lived makes up for refusals) {
  uut.refused(now);
  uut.refused(now);
  uut.connected(now);
  now += 1min;
  uut.lost(now);
  uut.refused(now);
  CAF_CHECK_EQUAL(delay() / 1ms, 1000);
}

CAF_TEST(two clients that throw each other out calm down) {
  for (auto i = 0; i < 10; ++i) {
    uut.connected(now);
    now += 1s;
    uut.refused(now);
  }
  CAF_CHECK_EQUAL(delay() / 1s, 30);
}

CAF_TEST(a broker that ends again and again is tried as soon as ever) {
  for (auto i = 0; i < 100; ++i) {
    uut.connected(now);
    now += 100ms;
    uut.lost(now);
    CAF_CHECK_LESS_OR_EQUAL(delay().count(), 1000);
  }
}

CAF_TEST(connections that end soon are noticed) {
  std::vector<int64_t> delays;
  for (auto i = 0; i < 7; ++i) {
    uut.connected(now);
    now += 100ms;
    uut.lost(now);
    delays.push_back(delay() / 1ms);
    uut.unreachable(now);
  }
  CAF_CHECK_EQUAL(delays,
                  (std::vector<int64_t>{200, 200, 200, 400, 800, 1000, 1000}));
  CAF_CHECK_EQUAL(uut.short_lives(), 7u);
  uut.connected(now);
  now += 1min;
  uut.lost(now);
  CAF_CHECK_EQUAL(delay() / 1ms, 200);
  CAF_CHECK_EQUAL(uut.short_lives(), 0u);
}

CAF_TEST(a reset forgets the delays) {
  for (auto i = 0; i < 10; ++i)
    uut.refused(now);
  uut.reset();
  CAF_CHECK(uut.due(now));
}

CAF_TEST_FIXTURE_SCOPE_END()

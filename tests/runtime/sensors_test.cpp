#define CAF_SUITE sensors

#include "runtime/demo/sensors.hpp"
#include "tests/test.hpp"

#include <map>
#include <set>

using namespace rrdflow;

CAF_TEST(the same seed gives the same messages) {
  sensor_network a{100, 7};
  sensor_network b{100, 7};
  sensor_network c{100, 8};
  auto differ = 0;
  for (auto i = 0; i < 1000; ++i) {
    auto now = 1.7e9 + i / 100.0;
    auto x = a.next(now);
    auto y = b.next(now);
    CAF_REQUIRE_EQUAL(x.topic, y.topic);
    CAF_REQUIRE_EQUAL(x.payload, y.payload);
    differ += c.next(now).payload != x.payload ? 1 : 0;
  }
  CAF_CHECK(differ > 500);
}

CAF_TEST(every sensor speaks and some talk rubbish) {
  sensor_network uut{100, 1};
  std::set<std::string> sensors;
  std::map<std::string, int> payloads;
  for (auto i = 0; i < 20000; ++i) {
    auto x = uut.next(1.7e9 + i / 50.0);
    sensors.insert(x.topic.substr(5, 6));
    ++payloads[x.payload];
  }
  CAF_CHECK_EQUAL(sensors.size(), 100u);
  CAF_CHECK(payloads["ON"] > 100);
  CAF_CHECK(payloads["OFF"] > 100);
  CAF_CHECK(payloads["sensor not found"] > 10);
}

CAF_TEST(a network of one switch does not hang) {
  sensor_network uut{4, 1};
  for (auto i = 0; i < 1000; ++i)
    CAF_CHECK(!uut.next(1.7e9 + i).topic.empty());
}

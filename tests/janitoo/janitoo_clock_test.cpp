#define CAF_SUITE janitoo_clock

#include "actors/janitoo/janitoo_clock.hpp"
#include "tests/janitoo/network_fixture.hpp"

using namespace rrdflow;

namespace {

struct clock_fixture {
  clock_fixture() {
    clock.schedule(make_janitoo_network(settings), 0);
  }

  /// What is due until `now`: "hadd value" each.
  std::string due(int64_t now) {
    std::string result;
    for (auto& x : clock.due(now))
      result += x.hadd + (x.value.empty() ? "" : " " + x.value) + '\n';
    return result;
  }

  /// How often something is due when asked each 500 ms.
  int count(const std::string& what, int64_t from, int64_t to) {
    auto result = 0;
    for (auto t = from; t <= to; t += 500)
      for (auto& x : clock.due(t))
        result += x.hadd + ' ' + x.value == what;
    return result;
  }

  config settings = test::example_network();
  janitoo_clock clock;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(janitoo_clock_tests, clock_fixture)

CAF_TEST(nodes are alive at once and controllers after a period) {
  CAF_CHECK_EQUAL(due(0), "0014/0008\n0014/0009\n0018/0001\n");
  CAF_CHECK_EQUAL(due(1000), "0014/0000 count_values\n0014/0000 count_series\n"
                             "0014/0008 source\n0018/0001 resource\n");
  CAF_CHECK_EQUAL(due(29999), "");
  CAF_CHECK_EQUAL(due(30000), "0014/0000\n0014/0009\n0018/0000\n0018/0001\n");
}

CAF_TEST(everything has a period of its own) {
  CAF_CHECK_EQUAL(count("0014/0000 ", 0, 300000), 10);
  clock = {};
  clock.schedule(make_janitoo_network(settings), 0);
  CAF_CHECK_EQUAL(count("0014/0008 ", 0, 300000), 6);
  clock = {};
  clock.schedule(make_janitoo_network(settings), 0);
  CAF_CHECK_EQUAL(count("0014/0000 count_values", 0, 1200000), 4);
  clock = {};
  clock.schedule(make_janitoo_network(settings), 0);
  CAF_CHECK_EQUAL(count("0014/0008 source", 0, 1800000), 2);
  clock = {};
  clock.schedule(make_janitoo_network(settings), 0);
  CAF_MESSAGE("a poll of 0 s never comes");
  CAF_CHECK_EQUAL(count("0014/0009 source", 0, 1800000), 0);
}

CAF_TEST(what could not be kept does not come many times) {
  due(0);
  CAF_CHECK_EQUAL(count("0014/0000 ", 3600000, 3600000 + 29500), 1);
}

CAF_TEST(another period begins anew and others go on) {
  due(20000);
  settings.janitoo.heartbeat = std::chrono::seconds{5};
  clock.schedule(make_janitoo_network(settings), 20000);
  CAF_CHECK_EQUAL(due(24999), "");
  CAF_CHECK_EQUAL(due(25000), "0014/0000\n");
  CAF_CHECK_EQUAL(due(30000), "0014/0000\n0014/0009\n0018/0000\n0018/0001\n");
}

CAF_TEST(a node that is gone is quiet and a new one is alive at once) {
  due(20000);
  settings.rules.rrds[0].hadd = "0014/0010";
  clock.schedule(make_janitoo_network(settings), 20000);
  CAF_CHECK_EQUAL(due(20100), "0014/0010\n0014/0010 source\n");
  CAF_CHECK_EQUAL(count("0014/0008 ", 20000, 200000), 0);
}

CAF_TEST(all heartbeats are due after a reconnect) {
  due(40000);
  clock.beat_now(45000);
  CAF_CHECK_EQUAL(due(45000),
                  "0014/0000\n0014/0008\n0014/0009\n0018/0000\n0018/0001\n");
  CAF_CHECK_EQUAL(due(74999), "");
}

CAF_TEST(so much at once and no more) {
  auto one = settings.rules.rrds[0];
  for (auto i = 100; i < 1100; ++i) {
    one.hadd = "0014/" + std::string(i < 1000 ? "0" : "") + std::to_string(i);
    settings.rules.rrds.push_back(one);
  }
  clock = {};
  clock.schedule(make_janitoo_network(settings), 0);
  CAF_CHECK_EQUAL(clock.due(0).size(), janitoo_clock::at_once);
  CAF_CHECK_EQUAL(clock.due(0).size(), janitoo_clock::at_once);
  CAF_CHECK_EQUAL(clock.due(0).size(), 3u);
}

CAF_TEST_FIXTURE_SCOPE_END()

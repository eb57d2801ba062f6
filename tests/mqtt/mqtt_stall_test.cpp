#define CAF_SUITE mqtt_stall

#include "tests/journal/source_fixture.hpp"

using namespace rrdflow;
using namespace std::chrono_literals;

using fixture = test::broker_fixture;

CAF_TEST_FIXTURE_SCOPE(mqtt_stall_tests, fixture)

CAF_TEST(it comes back when the broker does) {
  auto aut = start({"a/#"});
  CAF_REQUIRE(subscribed(broker.port(), "a/x"));
  for (auto forget : {false, true}) {
    broker.stop(forget ? SIGKILL : SIGTERM);
    CAF_CHECK(eventually([&] { return metric(aut, "mqtt_connected") == 0; }));
    // Long enough for several attempts that fail.
    std::this_thread::sleep_for(1500ms);
    if (forget)
      broker.forget();
    broker.start();
    auto line = forget ? "back again" : "back";
    CAF_CHECK(eventually([&] {
      publish("a/b", line);
      return count(std::string{"a/b#1 "} + line) > 0;
    }));
  }
  CAF_CHECK(
    eventually([&] { return metric(aut, "mqtt_reconnects_total") == 2; }));
}

CAF_TEST(a stalled message stays the brokers when we stop) {
  auto first = start({"a/#"});
  CAF_REQUIRE(subscribed(broker.port(), "a/x"));
  auto stalled = sink;
  sink->stall();
  auto calls = sink->calls();
  CAF_CHECK(publish("a/b", "precious"));
  CAF_REQUIRE(eventually([&] { return stalled->calls() > calls; }));
  CAF_MESSAGE("stop and stats are answered while the callback blocks");
  CAF_CHECK_EQUAL(metric(first, "mqtt_connected"), 1);
  CAF_CHECK(stop(first));
  CAF_MESSAGE("nothing is acknowledged when the callback returns at last");
  stalled->stop();
  start({"a/#"});
  CAF_CHECK(arrives("a/b#1 precious"));
}

CAF_TEST(a message that is let go after the end is delivered again) {
  auto first = start({"a/#"});
  CAF_REQUIRE(subscribed(broker.port(), "a/x"));
  auto stalled = sink;
  sink->stall();
  auto calls = sink->calls();
  CAF_CHECK(publish("a/b", "late"));
  CAF_REQUIRE(eventually([&] { return stalled->calls() > calls; }));
  CAF_CHECK(stop(first));
  stalled->go_on();
  start({"a/#"});
  CAF_CHECK(arrives("a/b#1 late"));
}

CAF_TEST(a stalled source goes on where it stopped) {
  start({"a/#"});
  CAF_REQUIRE(subscribed(broker.port(), "a/x"));
  sink->stall();
  for (auto i = 0; i < 100; ++i)
    CAF_CHECK(publish("a/b", std::to_string(i)));
  std::this_thread::sleep_for(300ms);
  CAF_CHECK_EQUAL(count("a/b#1 0"), 0u);
  sink->go_on();
  for (auto i = 0; i < 100; ++i)
    CAF_CHECK(arrives("a/b#1 " + std::to_string(i)));
}

CAF_TEST(a sink that throws does not stop the others) {
  auto aut = start({"a/#"}, [](const incoming_message& x) {
    if (x.payload == "bad")
      throw std::runtime_error{"cannot be taken"};
  });
  CAF_REQUIRE(subscribed(broker.port(), "a/x"));
  CAF_CHECK(publish("a/b", "bad"));
  CAF_CHECK(publish("a/b", "good"));
  CAF_CHECK(arrives("a/b#1 good"));
  CAF_CHECK_EQUAL(metric(aut, "mqtt_callback_errors_total"), 1);
  CAF_CHECK_EQUAL(metric(aut, "mqtt_reconnects_total"), 0);
}

CAF_TEST(a message waits until there is memory) {
  std::atomic<int> tries{0};
  auto aut = start({"a/#"}, [&](const incoming_message& x) {
    if (x.payload == "first" && ++tries < 8)
      throw std::bad_alloc{};
  });
  CAF_REQUIRE(subscribed(broker.port(), "a/x"));
  CAF_CHECK(publish("a/b", "first"));
  CAF_CHECK(arrives("a/b#1 first"));
  CAF_CHECK_EQUAL(tries, 8);
  CAF_CHECK_EQUAL(metric(aut, "mqtt_callback_errors_total"), 0);
}

CAF_TEST(an exit alone leaves the session at the broker) {
  auto first = start({"a/#"});
  CAF_REQUIRE(subscribed(broker.port(), "a/x"));
  self->send_exit(first, caf::exit_reason::kill);
  self->wait_for(first);
  CAF_CHECK(publish("a/b", "after"));
  start({"a/#"});
  CAF_CHECK(arrives("a/b#1 after"));
}

CAF_TEST(it can be stopped while no broker answers) {
  broker.stop();
  auto aut = start({"a/#"});
  std::this_thread::sleep_for(300ms);
  CAF_CHECK_EQUAL(metric(aut, "mqtt_connected"), 0);
  CAF_CHECK(stop(aut));
}

CAF_TEST_FIXTURE_SCOPE_END()

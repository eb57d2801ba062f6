#define CAF_SUITE mqtt_source

#include "tests/log_capture.hpp"
#include "tests/mqtt/source_fixture.hpp"

using namespace rrdflow;
using test::eventually;

namespace {

struct fixture : test::broker_fixture {
  /// Waits for an attempt to connect that fails.
  bool tried_in_vain() {
    return eventually([this] { return log.has("cannot reach"); });
  }

  test::log_capture log;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(mqtt_source_tests, fixture)

CAF_TEST(each copy of a message carries the identifier of its filter) {
  start({"a/#", "+/b"});
  CAF_REQUIRE(subscribed(broker.port(), "a/x"));
  CAF_CHECK(publish("a/b", "1"));
  CAF_CHECK(arrives("a/b#1 1"));
  CAF_CHECK(arrives("a/b#2 1"));
}

CAF_TEST(messages come without identifiers on MQTT 3_1_1) {
  settings.mqtt.version = 3;
  auto aut = start({"a/#"});
  CAF_REQUIRE(subscribed(broker.port(), "a/x"));
  CAF_CHECK(publish("a/b", "1"));
  CAF_CHECK(arrives("a/b 1"));
  CAF_CHECK(stop(aut));
}

CAF_TEST(a retained message is marked and its live copy is not ) {
  CAF_CHECK(publish("r/a", "old", true));
  start({"r/#"});
  CAF_CHECK(arrives("r/a#1! old"));
  CAF_CHECK(publish("r/a", "new", true));
  CAF_CHECK(arrives("r/a#1 new"));
}

CAF_TEST(what is sent while we are away is delivered later) {
  for (auto version : {5, 3}) {
    settings.mqtt.version = version;
    settings.client_id = "away-" + std::to_string(version);
    auto first = start({"a/#"});
    CAF_REQUIRE(subscribed(broker.port(), "a/x"));
    CAF_CHECK(stop(first));
    CAF_CHECK(publish("a/b", "meanwhile"));
    auto second = start({"a/#"});
    CAF_CHECK(arrives(version == 5 ? "a/b#1 meanwhile" : "a/b meanwhile"));
    CAF_CHECK(stop(second));
  }
}

CAF_TEST(filters that are no longer wanted are unsubscribed) {
  auto first = start({"a/#", "b/#"});
  CAF_REQUIRE(subscribed(broker.port(), "a/x"));
  CAF_CHECK(stop(first));
  auto second = start({"a/#"});
  CAF_CHECK(eventually([&] { return settings.table->unwanted().empty(); }));
  CAF_CHECK(publish("b/x", "1"));
  CAF_CHECK(publish("a/x", "2"));
  CAF_CHECK(arrives("a/x#1 2"));
  CAF_CHECK_EQUAL(count("b/x#2 1"), 0u);
  CAF_MESSAGE("also while we run, and a new filter is subscribed");
  self->send(second, atom::subscribe_v, *settings.table->wanted({"c/#"}));
  CAF_CHECK(eventually([&] { return settings.table->unwanted().empty(); }));
  CAF_CHECK(publish("a/x", "3"));
  CAF_CHECK(eventually([&] {
    publish("c/x", "4");
    return count("c/x#3 4") > 0;
  }));
  CAF_CHECK_EQUAL(count("a/x#1 3"), 0u);
}

CAF_TEST(messages that are too large are not sent to us) {
  settings.max_payload = 1000;
  start({"a/#"});
  CAF_REQUIRE(subscribed(broker.port(), "a/x"));
  CAF_CHECK(publish("a/b", std::string(200000, 'x')));
  CAF_CHECK(publish("a/b", std::string(1000, 'y')));
  CAF_CHECK(arrives("a/b#1 " + std::string(1000, 'y')));
  for (auto& line : sink->taken())
    CAF_CHECK_LESS(line.size(), 2000u);
}

// -- stalls and ends ----------------------------------------------------------

CAF_TEST(it comes back when the broker does) {
  auto aut = start({"a/#"});
  CAF_REQUIRE(subscribed(broker.port(), "a/x"));
  for (auto forget : {false, true}) {
    log.clear();
    broker.stop(forget ? SIGKILL : SIGTERM);
    CAF_CHECK(eventually([&] { return metric(aut, "mqtt_connected") == 0; }));
    CAF_CHECK(tried_in_vain());
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
  CAF_MESSAGE("stop is answered while the callback blocks");
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
  auto calls = sink->calls();
  for (auto i = 0; i < 100; ++i)
    CAF_CHECK(publish("a/b", std::to_string(i)));
  CAF_CHECK(eventually([&] { return sink->calls() > calls; }));
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
  CAF_CHECK(tried_in_vain());
  CAF_CHECK_EQUAL(metric(aut, "mqtt_connected"), 0);
  CAF_CHECK(stop(aut));
}

CAF_TEST_FIXTURE_SCOPE_END()

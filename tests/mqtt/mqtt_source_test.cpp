#define CAF_SUITE mqtt_source

#include "tests/journal/source_fixture.hpp"

using namespace rrdflow;
using namespace std::chrono_literals;

using fixture = test::broker_fixture;

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

CAF_TEST_FIXTURE_SCOPE_END()

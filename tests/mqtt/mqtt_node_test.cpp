#define CAF_SUITE mqtt_node

#include "tests/mqtt/source_fixture.hpp"

#include <algorithm>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

constexpr auto request_topic = "/nodes/0014/0000/request";

struct node_fixture : broker_fixture {
  node_fixture() {
    settings.node = std::make_shared<node_queue>();
    settings.will_topic = "/dhcp/heartbeat/0014/0000";
    settings.table->want_also({"/broadcast/request", "/nodes/0014/#"});
  }

  bool linked() {
    return eventually([&] { return settings.node->up(); });
  }

  /// What the node got, when there is something.
  std::string next() {
    std::string result;
    eventually([&] {
      for (auto& x : settings.node->take())
        result += x.topic + ' ' + x.payload + ';';
      return !result.empty();
    });
    return result;
  }

  void say(const mqtt_source_actor& x, std::string topic, std::string payload) {
    self->send(x, atom::publish_v, std::move(topic), std::move(payload));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(mqtt_node_tests, node_fixture)

CAF_TEST(requests go past the sink) {
  auto source = start({"values/#"});
  CAF_REQUIRE(linked());
  CAF_CHECK(publish(request_topic, "r"));
  CAF_CHECK_EQUAL(next(), std::string{request_topic} + " r;");
  CAF_CHECK(publish("values/a", "1"));
  CAF_CHECK(arrives("values/a#1 1"));
  CAF_CHECK_EQUAL(sink->taken().size(), 1u);
  CAF_CHECK(settings.node->take().empty());
}

CAF_TEST(a rule with the same topics gets its copy) {
  auto source = start({"#", "/broadcast/request"});
  CAF_REQUIRE(linked());
  CAF_CHECK(publish(request_topic, "r"));
  CAF_CHECK_EQUAL(next(), std::string{request_topic} + " r;");
  CAF_CHECK(arrives(std::string{request_topic} + "#1 r"));
  CAF_CHECK(publish("/broadcast/request", "b"));
  CAF_CHECK_EQUAL(next(), "/broadcast/request b;");
  CAF_CHECK(arrives("/broadcast/request#2 b"));
  CAF_CHECK(arrives("/broadcast/request#1 b"));
  CAF_CHECK_EQUAL(sink->taken().size(), 3u);
  CAF_CHECK(settings.node->take().empty());
}

CAF_TEST(on MQTT 3 the node gets one copy) {
  settings.mqtt.version = 3;
  auto source = start({"#"});
  CAF_REQUIRE(linked());
  CAF_CHECK(publish(request_topic, "r"));
  CAF_CHECK(publish("end", "!"));
  CAF_CHECK(arrives("end !"));
  CAF_CHECK_EQUAL(next(), std::string{request_topic} + " r;");
  CAF_CHECK_EQUAL(count(std::string{request_topic} + " r"), 1u);
}

CAF_TEST(an old request that the broker retained is not one) {
  CAF_CHECK(publish(request_topic, "old", true));
  auto source = start({"values/#"});
  CAF_REQUIRE(linked());
  CAF_CHECK(publish(request_topic, "new"));
  CAF_CHECK_EQUAL(next(), std::string{request_topic} + " new;");
  // Once for each time that we subscribed.
  CAF_CHECK_GREATER(settings.node->retained(), 0u);
  CAF_CHECK(sink->taken().empty());
}

CAF_TEST(what is published reaches the broker) {
  auto source = start({"said"});
  CAF_REQUIRE(linked());
  for (auto i = 0; i < 500; ++i)
    say(source, "said", std::to_string(i));
  CAF_CHECK(arrives("said#1 499"));
  CAF_CHECK_EQUAL(sink->taken().size(), 500u);
  CAF_CHECK(
    eventually([&] { return metric(source, "mqtt_published_total") == 500; }));
  CAF_CHECK_EQUAL(metric(source, "mqtt_unpublished_total"), 0);
}

CAF_TEST(what is published last arrives before the connection ends) {
  auto other = settings;
  auto source = start({"values/#"});
  CAF_REQUIRE(linked());
  settings.client_id = "listener";
  settings.node = nullptr;
  settings.will_topic.clear();
  settings.table = *subscription_table::open(folder.path() + "/others");
  auto listener = start({"said", other.will_topic});
  CAF_REQUIRE(subscribed(broker.port(), other.will_topic));
  for (auto i = 0; i < 300; ++i)
    say(source, "said", std::to_string(i));
  CAF_CHECK(stop(source));
  CAF_CHECK(arrives("said#1 299"));
  CAF_MESSAGE("in good order: there is no will");
  auto taken = sink->taken();
  CAF_CHECK_EQUAL(std::count_if(taken.begin(), taken.end(),
                                [](auto& x) { return x.back() != '?'; }),
                  300);
}

CAF_TEST(the broker publishes the will when the connection is cut) {
  auto other = settings;
  auto source = start({"values/#"});
  CAF_REQUIRE(linked());
  settings.client_id = "listener";
  settings.node = nullptr;
  settings.will_topic.clear();
  settings.table = *subscription_table::open(folder.path() + "/others");
  auto listener = start({other.will_topic});
  CAF_REQUIRE(subscribed(broker.port(), other.will_topic));
  self->send_exit(source, caf::exit_reason::kill);
  CAF_CHECK(arrives(other.will_topic + "#1 OFFLINE"));
}

CAF_TEST(without a connection nothing waits) {
  settings.mqtt.broker = "tcp://127.0.0.1:1";
  auto source = start({"values/#"});
  for (auto i = 0; i < 10; ++i)
    say(source, "said", "x");
  CAF_CHECK(
    eventually([&] { return metric(source, "mqtt_unpublished_total") == 10; }));
  CAF_CHECK(!settings.node->up());
}

CAF_TEST(filters that the node no longer wants are unsubscribed) {
  auto source = start({"values/#"});
  CAF_REQUIRE(linked());
  CAF_CHECK(stop(source));
  settings.node = nullptr;
  settings.table->want_also({});
  source = start({"values/#"});
  CAF_REQUIRE(up(source));
  CAF_CHECK(eventually([&] { return settings.table->unwanted().empty(); }));
  CAF_CHECK(publish(request_topic, "r"));
  CAF_CHECK(publish("values/a", "1"));
  CAF_CHECK(arrives("values/a#1 1"));
  CAF_CHECK_EQUAL(sink->taken().size(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

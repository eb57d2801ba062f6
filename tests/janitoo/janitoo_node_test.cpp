#define CAF_SUITE janitoo_node

#include "tests/janitoo/node_fixture.hpp"

using namespace rrdflow;
using namespace rrdflow::test;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(janitoo_node_tests, node_fixture)

CAF_TEST(it is silent until it is heard) {
  pass(60s);
  CAF_CHECK(said.empty());
  caf::anon_send(node, atom::flow_v, flow);
  pass(60s);
  CAF_CHECK(said.empty());
  queue->link(true);
  pass(500ms);
  CAF_CHECK_EQUAL(count("/dhcp/heartbeat/0014/0008"), 1u);
  CAF_CHECK_EQUAL(count("/dhcp/heartbeat/0014/0000"), 0u);
  pass(30s);
  CAF_CHECK_EQUAL(count("/dhcp/heartbeat/0014/0000"), 1u);
}

CAF_TEST(it is silent without a connection and back at once) {
  begin();
  pass(10s);
  queue->link(false);
  said.clear();
  pass(120s);
  CAF_CHECK(said.empty());
  queue->link(true);
  pass(500ms);
  CAF_CHECK_EQUAL(count("/dhcp/heartbeat/0014/0000"), 1u);
  CAF_CHECK_EQUAL(count("/dhcp/heartbeat/0014/0008"), 1u);
}

CAF_TEST(a flush is answered after the flow has done it) {
  begin();
  ask(flush);
  CAF_CHECK_EQUAL(state->flushes, 1u);
  CAF_CHECK_EQUAL(count(reply), 1u);
  CAF_MESSAGE("rows that could not be written: no answer");
  state->outcome.failures = {"x.rrd: no room"};
  ask(flush);
  CAF_CHECK_EQUAL(state->flushes, 2u);
  CAF_CHECK_EQUAL(count(reply), 1u);
  CAF_CHECK_EQUAL(refused("flow"), 1);
}

CAF_TEST(without a flow nothing is promised) {
  queue->link(true);
  ask(flush);
  CAF_CHECK(said.empty());
  CAF_CHECK_EQUAL(refused("flow"), 1);
  begin();
  anon_send_exit(flow.keeper, caf::exit_reason::kill);
  sched.run();
  ask(flush);
  CAF_CHECK_EQUAL(count(reply), 0u);
  CAF_CHECK_EQUAL(refused("flow"), 2);
  CAF_MESSAGE("the next flow does it");
  renew();
  ask(flush);
  CAF_CHECK_EQUAL(count(reply), 1u);
}

CAF_TEST(a flush that died with the flow is refused) {
  begin();
  state->hold = true;
  ask(flush);
  ask(flush);
  CAF_CHECK_EQUAL(state->flushes, 1u);
  anon_send_exit(flow.keeper, caf::exit_reason::kill);
  sched.run();
  CAF_CHECK_EQUAL(refused("flow"), 0);
  CAF_MESSAGE("the next flow does the one that waited");
  state->hold = false;
  renew();
  CAF_CHECK_EQUAL(refused("flow"), 1);
  CAF_CHECK_EQUAL(state->flushes, 2u);
  CAF_CHECK_EQUAL(count(reply), 1u);
  CAF_MESSAGE("no place is lost");
  for (auto i = 0; i < 1000; ++i)
    ask(flush);
  CAF_CHECK_EQUAL(count(reply), 1001u);
  CAF_CHECK_EQUAL(refused("overload"), 0);
}

CAF_TEST(an answer of an older flow is passed over) {
  begin();
  state->hold = true;
  ask(flush);
  auto old = flow.keeper;
  renew();
  CAF_CHECK_EQUAL(refused("flow"), 1);
  ask(flush);
  CAF_CHECK_EQUAL(state->flushes, 2u);
  caf::anon_send(old, atom::tick_v);
  sched.run();
  CAF_CHECK_EQUAL(count(reply), 0u);
  caf::anon_send(flow.keeper, atom::tick_v);
  sched.run();
  CAF_CHECK_EQUAL(count(reply), 1u);
  CAF_CHECK_EQUAL(refused("flow"), 1);
}

CAF_TEST(values are set by those who keep them) {
  begin();
  auto set = [&](const std::string& data) {
    ask(R"({"cmd_class": 112, "genre": 3, "uuid": "cache_rrd_ttl",
            "hadd": "0014/0000", "is_writeonly": true, "data": )"
        + data + '}');
  };
  const std::string topic = "/values/config/0014/0000/cache_rrd_ttl";
  CAF_MESSAGE("without SETTINGS");
  set("7");
  CAF_CHECK_EQUAL(refused("setting"), 1);
  settings_actor keeper = sys.spawn(settings_stand_in, &asked);
  caf::anon_send(node, atom::flow_v, keeper);
  set("8");
  CAF_REQUIRE_EQUAL(asked.size(), 1u);
  CAF_CHECK_EQUAL(asked[0].key + '=' + asked[0].value, "cache_rrd_ttl=8");
  CAF_CHECK_EQUAL(count(topic), 1u);
  set("-1");
  CAF_CHECK_EQUAL(count(topic), 1u);
  CAF_CHECK_EQUAL(refused("setting"), 2);
}

CAF_TEST(counts come from the flow) {
  begin();
  auto ask_for_counts = [&] {
    for (auto uuid : {"count_values", "count_series"})
      ask(R"({"cmd_class": 49, "genre": 1, "hadd": "0014/0000", "uuid": ")"
          + std::string{uuid} + R"(", "reply_hadd": "9999/9990"})");
  };
  {
    gauge files{registry.get(), {"files", ""}};
    gauge rows{registry.get(), {"rows_waiting", ""}};
    ask_for_counts();
  }
  CAF_CHECK_EQUAL(count(reply), 2u);
  CAF_CHECK_EQUAL(count("/values/basic/0014/0000/count_series"), 1u);
  CAF_MESSAGE("the flow ended");
  ask_for_counts();
  CAF_CHECK_EQUAL(count(reply), 2u);
  CAF_CHECK_EQUAL(refused("flow"), 2);
}

CAF_TEST(a reload is handed on) {
  begin();
  ask(R"({"cmd_class": 4144, "genre": 1, "hadd": "0018/0000",
          "uuid": "http_actions", "data": "reload"})",
      "/nodes/0018/0000/request");
  CAF_CHECK_EQUAL(reloads, 1);
}

CAF_TEST(a flood is answered bit by bit and counted) {
  begin();
  for (auto i = 0; i < 3000; ++i)
    queue->offer("/nodes/0014/0000/request", flush);
  sched.run();
  CAF_CHECK_EQUAL(refused("overload"), 2000);
  CAF_CHECK_EQUAL(count(reply), 1000u);
  CAF_MESSAGE("each flush is for all that asked before it");
  CAF_CHECK_GREATER(state->flushes, 1u);
  CAF_CHECK_LESS(state->flushes, 50u);
}

CAF_TEST(it says OFFLINE once and then nothing) {
  begin();
  for (auto i = 0; i < 2; ++i) {
    auto answer = self->request(node, caf::infinite, atom::stop_v);
    sched.run();
    answer.receive([](caf::ok_atom) {},
                   [&](caf::error& err) { CAF_FAIL(sys.render(err)); });
  }
  pass(60s);
  ask(flush);
  CAF_CHECK_EQUAL(said.size(), 5u);
  for (auto& x : said)
    CAF_CHECK_EQUAL(x.second, "OFFLINE");
}

CAF_TEST_FIXTURE_SCOPE_END()

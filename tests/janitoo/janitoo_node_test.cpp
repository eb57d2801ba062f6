#define CAF_SUITE janitoo_node

#include "actors/janitoo/janitoo_node.hpp"
#include "tests/janitoo/network_fixture.hpp"
#include "tests/serve/stand_ins.hpp"

using namespace rrdflow;
using namespace std::chrono_literals;

namespace {

using messages = std::vector<std::pair<std::string, std::string>>;

mqtt_source_actor::behavior_type
source_stand_in(mqtt_source_actor::pointer, messages* said) {
  return {
    [](atom::tick) {},
    [](atom::resume) {},
    [](atom::subscribe, const std::vector<subscription>&) {},
    [said](atom::publish, std::string& topic, std::string& payload) {
      said->emplace_back(std::move(topic), std::move(payload));
    },
    [](atom::stop) { return caf::ok_atom_v; },
    [](atom::stats) { return metrics{}; },
  };
}

settings_actor::behavior_type
settings_stand_in(settings_actor::pointer,
                  std::vector<setting_request>* asked) {
  return {
    [asked](atom::set, const setting_request& x) -> caf::result<std::string> {
      asked->push_back(x);
      if (x.value == "-1")
        return fail(ec::bad_request, "below zero");
      return x.value;
    },
    [](atom::get) { return std::vector<setting_request>{}; },
  };
}

/// Never answers how much waits.
caf::behavior silent_shard(caf::event_based_actor* self) {
  return {
    [self](atom::stats) { return self->make_response_promise<metrics>(); },
  };
}

struct node_fixture : test::fixture {
  node_fixture() {
    janitoo_settings settings;
    settings.configuration
      = std::make_shared<rrdflow::config>(test::example_network());
    settings.line = line;
    settings.file_exists = [](const std::string&) { return true; };
    settings.reload = [this] { ++reloads; };
    settings.report = [this](metrics x) { reported = std::move(x); };
    node = sys.spawn(janitoo_node, settings);
    flow = test::spawn_stand_ins(sys, state);
    flow.source = sys.spawn(source_stand_in, &said);
    sched.run();
  }

  ~node_fixture() {
    anon_send_exit(node, caf::exit_reason::user_shutdown);
    sched.run();
  }

  /// What the node needs to be heard.
  void begin() {
    caf::anon_send(node, atom::flow_v, flow);
    line->link(true);
    sched.run();
    said.clear();
  }

  /// Another flow, as after a restart.
  void renew() {
    auto next = test::spawn_stand_ins(sys, state);
    next.source = flow.source;
    renew_with(next);
  }

  void renew_with(flow_handles next) {
    flow = std::move(next);
    caf::anon_send(node, atom::flow_v, flow);
    sched.run();
  }

  void ask(const std::string& payload,
           const std::string& topic = "/nodes/0014/0000/request") {
    line->offer(topic, payload);
    sched.run();
  }

  void pass(std::chrono::milliseconds x) {
    for (; x > 0ms; x -= 500ms) {
      advance_time(500ms);
      sched.run();
    }
  }

  size_t count(const std::string& topic) {
    size_t result = 0;
    for (auto& x : said)
      result += x.first == topic;
    return result;
  }

  double refused(const std::string& reason) {
    for (auto& x : reported)
      if (x.name == "janitoo_refused_total" && x.label.second == reason)
        return x.value;
    return -1;
  }

  const std::string flush = R"({"cmd_class": 4176, "genre": 1,
    "uuid": "actions", "hadd": "0014/0000", "data": "flush",
    "reply_hadd": "9999/9990"})";
  const std::string reply = "/nodes/9999/9990/reply";

  std::shared_ptr<node_line> line = std::make_shared<node_line>();
  test::stand_in_ptr state = std::make_shared<test::stand_in_state>();
  messages said;
  std::vector<setting_request> asked;
  metrics reported;
  int reloads = 0;
  flow_handles flow;
  janitoo_node_actor node;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(janitoo_node_tests, node_fixture)

CAF_TEST(it is silent until it is heard) {
  pass(60s);
  CAF_CHECK(said.empty());
  caf::anon_send(node, atom::flow_v, flow);
  pass(60s);
  CAF_CHECK(said.empty());
  line->link(true);
  pass(500ms);
  CAF_CHECK_EQUAL(count("/dhcp/heartbeat/0014/0008"), 1u);
  CAF_CHECK_EQUAL(count("/dhcp/heartbeat/0014/0000"), 0u);
  pass(30s);
  CAF_CHECK_EQUAL(count("/dhcp/heartbeat/0014/0000"), 1u);
}

CAF_TEST(it is silent without a connection and back at once) {
  begin();
  pass(10s);
  line->link(false);
  said.clear();
  pass(120s);
  CAF_CHECK(said.empty());
  line->link(true);
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
  line->link(true);
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

CAF_TEST(a count that died with the flow is refused) {
  begin();
  auto silent = caf::actor_cast<caf::strong_actor_ptr>(sys.spawn(silent_shard));
  flow.shards.back() = caf::actor_cast<cache_shard_actor>(silent);
  renew_with(flow);
  const std::string series = R"({"cmd_class": 49, "genre": 1,
    "hadd": "0014/0000", "uuid": "count_series", "reply_hadd": "9999/9990"})";
  ask(series);
  anon_send_exit(flow.shards.back(), caf::exit_reason::kill);
  sched.run();
  CAF_CHECK_EQUAL(refused("flow"), 0);
  renew();
  CAF_CHECK_EQUAL(refused("flow"), 1);
  pass(20s);
  CAF_CHECK_EQUAL(refused("flow"), 1);
  ask(series);
  CAF_CHECK_EQUAL(count(reply), 1u);
}

CAF_TEST(values are set by those who keep them) {
  begin();
  auto set = [&](const std::string& data) {
    ask(R"({"cmd_class": 112, "genre": 3, "uuid": "cache_rrd_ttl",
            "hadd": "0014/0000", "is_writeonly": true, "data": )"
        + data + '}');
  };
  const std::string topic = "/values/config/0014/0000/cache_rrd_ttl";
  CAF_MESSAGE("nobody keeps them");
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
  for (auto uuid : {"count_values", "count_series"})
    ask(R"({"cmd_class": 49, "genre": 1, "hadd": "0014/0000", "uuid": ")"
        + std::string{uuid} + R"(", "reply_hadd": "9999/9990"})");
  CAF_CHECK_EQUAL(count(reply), 2u);
  CAF_CHECK_EQUAL(count("/values/basic/0014/0000/count_series"), 1u);
  for (auto& x : flow.shards)
    anon_send_exit(x, caf::exit_reason::kill);
  sched.run();
  ask(R"({"cmd_class": 49, "genre": 1, "hadd": "0014/0000",
          "uuid": "count_series", "reply_hadd": "9999/9990"})");
  CAF_CHECK_EQUAL(count(reply), 2u);
  CAF_CHECK_EQUAL(refused("flow"), 1);
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
    line->offer("/nodes/0014/0000/request", flush);
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

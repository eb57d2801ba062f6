#pragma once

#include "actors/janitoo/janitoo_node.hpp"
#include "tests/janitoo/network_fixture.hpp"
#include "tests/serve/stand_ins.hpp"
#include "tests/spawn_state.hpp"

namespace rrdflow::test {

using namespace std::chrono_literals;

using messages = std::vector<std::pair<std::string, std::string>>;

inline mqtt_source_actor::behavior_type
source_stand_in(mqtt_source_actor::pointer, messages* said) {
  return {
    [](atom::tick) {},
    [](atom::resume) {},
    [](atom::subscribe, const std::vector<subscription>&) {},
    [said](atom::publish, std::string& topic, std::string& payload) {
      said->emplace_back(std::move(topic), std::move(payload));
    },
    [](atom::stop) { return caf::ok_atom_v; },
  };
}

inline settings_actor::behavior_type
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

struct node_fixture : test::fixture {
  node_fixture() {
    janitoo_settings settings;
    settings.configuration
      = std::make_shared<rrdflow::config>(test::example_network());
    settings.queue = queue;
    settings.file_exists = [](const std::string&) { return true; };
    settings.reload = [this] { ++reloads; };
    settings.metrics = registry;
    node = test::spawn_state<janitoo_node_state>(sys, settings);
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
    queue->link(true);
    sched.run();
    said.clear();
  }

  /// Another flow, as after a restart.
  void renew() {
    auto next = test::spawn_stand_ins(sys, state);
    next.source = flow.source;
    flow = std::move(next);
    caf::anon_send(node, atom::flow_v, flow);
    sched.run();
  }

  void ask(const std::string& payload,
           const std::string& topic = "/nodes/0014/0000/request") {
    queue->offer(topic, payload);
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
    return registry->values("janitoo_refused_total").at({{"reason", reason}});
  }

  const std::string flush = R"({"cmd_class": 4176, "genre": 1,
    "uuid": "actions", "hadd": "0014/0000", "data": "flush",
    "reply_hadd": "9999/9990"})";
  const std::string reply = "/nodes/9999/9990/reply";

  std::shared_ptr<node_queue> queue = std::make_shared<node_queue>();
  test::stand_in_ptr state = std::make_shared<test::stand_in_state>();
  messages said;
  std::vector<setting_request> asked;
  std::shared_ptr<metric_registry> registry
    = std::make_shared<metric_registry>();
  int reloads = 0;
  flow_handles flow;
  janitoo_node_actor node;
};

} // namespace rrdflow::test

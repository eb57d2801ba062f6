#define CAF_SUITE supervisor

#include "actors/supervisor/supervisor.hpp"
#include "tests/log_capture.hpp"
#include "tests/spawn_state.hpp"
#include "tests/test.hpp"

#include <stdexcept>

using namespace rrdflow;
using namespace std::chrono_literals;

namespace {

using log = std::shared_ptr<std::vector<std::string>>;

mqtt_source_actor::behavior_type
source_stub(mqtt_source_actor::pointer, log events) {
  return {
    [](atom::tick) {},
    [](atom::resume) {},
    [](atom::subscribe, const std::vector<subscription>&) {},
    [](atom::publish, const std::string&, const std::string&) {},
    [events](atom::stop) {
      events->push_back("intake stopped");
      return caf::ok_atom_v;
    },
  };
}

decoder_actor::behavior_type decoder_stub(decoder_actor::pointer) {
  return {
    [](atom::describe, const std::vector<series_info>&) {
      return std::vector<new_series>{};
    },
    [](atom::why, const std::vector<std::string>&) {
      return std::vector<unstored>{};
    },
    [](atom::more) {},
    [](atom::tick) {},
    [](atom::marker, uint64_t) -> uint64_t { return 0; },
    [](atom::caught_up) { return caf::ok_atom_v; },
    [](atom::dead) { return std::vector<dead_message>{}; },
    [](atom::work) {},
  };
}

snapshotter_actor::behavior_type
snapshotter_stub(snapshotter_actor::pointer, log events) {
  return {
    [](atom::tick) {},
    [](atom::part, const snapshot_part&) {},
    [](atom::due, int64_t) {},
    [events](atom::snapshot) -> uint64_t {
      events->push_back("snapshot");
      return 1;
    },
  };
}

struct fixture : test::fixture {
  fixture() {
    supervisor_settings settings;
    settings.start = [this] { return start(); };
    settings.state_changed
      = [this](const std::string& x) { events->push_back("state " + x); };
    settings.died = [this](const std::string& who, const caf::error& why) {
      if (who == "mqtt-source")
        source = nullptr;
      return why == ec::record_failed;
    };
    settings.metrics = &registry;
    aut = test::spawn_state<supervisor_state>(sys, settings);
  }

  ~fixture() override {
    self->send_exit(aut, caf::exit_reason::kill);
    for (auto& x : flow.actors)
      self->send_exit(caf::actor_cast<caf::actor>(x.actor),
                      caf::exit_reason::kill);
    sched.run();
  }

  caf::expected<started_flow> start() {
    if (throwing)
      throw std::runtime_error{"no memory"};
    if (failing)
      return fail(ec::io_failed, "no disk");
    events->push_back("start");
    if (!source)
      source = sys.spawn(source_stub, events);
    flow.handles.source = source;
    flow.handles.decoder = sys.spawn(decoder_stub);
    flow.handles.snapshotter = sys.spawn(snapshotter_stub, events);
    flow.actors.clear();
    auto add = [this](const char* name, const auto& hdl, bool stays) {
      flow.actors.push_back(
        {name, caf::actor_cast<caf::strong_actor_ptr>(hdl), stays});
    };
    add("mqtt-source", flow.handles.source, true);
    add("decoder", flow.handles.decoder, false);
    add("snapshotter", flow.handles.snapshotter, false);
    return flow;
  }

  void pass(std::chrono::milliseconds time) {
    for (auto t = 0ms; t < time; t += 100ms) {
      sched.run();
      advance_time(100ms);
    }
    sched.run();
  }

  void kill(const caf::strong_actor_ptr& x) {
    self->send_exit(caf::actor_cast<caf::actor>(x),
                    fail(ec::io_failed, "disk: gone"));
    sched.run();
  }

  /// Each actor and how often it made the flow restart.
  std::string restarts() const {
    std::string result;
    for (auto& [labels, n] : registry.values("restarts_total"))
      result += labels.front().second + ' '
                + std::to_string(static_cast<int>(n)) + ", ";
    return result;
  }

  size_t count(const std::string& x) {
    return static_cast<size_t>(std::count(events->begin(), events->end(), x));
  }

  metric_registry registry;
  log events = std::make_shared<std::vector<std::string>>();
  bool failing = false;
  bool throwing = false;
  mqtt_source_actor source;
  started_flow flow;
  supervisor_actor aut;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(supervisor_tests, fixture)

CAF_TEST(the flow starts and becomes ready once it caught up) {
  pass(200ms);
  CAF_CHECK_EQUAL(*events,
                  (std::vector<std::string>{"state starting", "start",
                                            "state catching up", "state "}));
}

CAF_TEST(the death of an actor restarts all others but those that stay) {
  pass(200ms);
  auto old = flow;
  kill(old.actors[1].actor);
  pass(300ms);
  CAF_CHECK_EQUAL(count("start"), 2u);
  CAF_CHECK(flow.actors[0].actor == old.actors[0].actor);
  CAF_CHECK(flow.actors[2].actor != old.actors[2].actor);
  CAF_CHECK(count("state decoder ended: disk: gone") > 0);
  CAF_CHECK_EQUAL(events->back(), "state ");
}

CAF_TEST(an actor that stays is made anew when it dies itself) {
  pass(200ms);
  auto old = flow;
  kill(old.actors[0].actor);
  pass(300ms);
  CAF_CHECK(flow.actors[0].actor != old.actors[0].actor);
  CAF_CHECK_EQUAL(events->back(), "state ");
  pass(5s);
  CAF_CHECK_EQUAL(count("start"), 2u);
}

CAF_TEST(restarts are counted by actor and slow down) {
  pass(200ms);
  kill(flow.actors[2].actor);
  pass(300ms);
  kill(flow.actors[2].actor);
  pass(500ms);
  CAF_CHECK_EQUAL(count("start"), 2u);
  pass(700ms);
  CAF_CHECK_EQUAL(count("start"), 3u);
  CAF_CHECK_EQUAL(restarts(), "decoder 0, mqtt-source 0, snapshotter 2, ");
}

CAF_TEST(the death that others follow is the one that counts) {
  pass(200ms);
  self->send_exit(caf::actor_cast<caf::actor>(flow.actors[1].actor),
                  caf::make_error(caf::sec::request_receiver_down));
  self->send_exit(caf::actor_cast<caf::actor>(flow.actors[2].actor),
                  fail(ec::record_failed, "put: a record"));
  sched.run();
  pass(300ms);
  CAF_CHECK_EQUAL(restarts(), "decoder 0, mqtt-source 0, snapshotter 1, ");
}

CAF_TEST(each death that is no consequence is told) {
  pass(200ms);
  test::log_capture told;
  self->send_exit(caf::actor_cast<caf::actor>(flow.actors[1].actor),
                  fail(ec::io_failed, "journal: gone"));
  self->send_exit(caf::actor_cast<caf::actor>(flow.actors[2].actor),
                  fail(ec::io_failed, "snapshot: gone"));
  sched.run();
  CAF_CHECK(told.has("decoder ended: journal: gone"));
  CAF_CHECK(told.has("snapshotter ended as well: snapshot: gone"));
  pass(300ms);
  told.clear();
  kill(flow.actors[1].actor);
  CAF_CHECK(told.has("decoder ended: disk: gone"));
  CAF_CHECK(!told.has("as well"));
}

CAF_TEST(a start need not wait once the reason is out of the way) {
  pass(200ms);
  for (size_t i = 0; i < 5; ++i) {
    self->send_exit(caf::actor_cast<caf::actor>(flow.actors[1].actor),
                    fail(ec::record_failed, "put: a record"));
    pass(300ms);
    CAF_CHECK_EQUAL(count("start"), i + 2);
  }
}

CAF_TEST(a start that throws is tried again) {
  throwing = true;
  pass(300ms);
  throwing = false;
  pass(3s);
  CAF_CHECK(count("state the flow does not start: no memory") > 0);
  CAF_CHECK_EQUAL(count("start"), 1u);
}

CAF_TEST(a start that fails is tried again) {
  failing = true;
  pass(3s);
  CAF_CHECK_EQUAL(count("start"), 0u);
  failing = false;
  pass(4s);
  CAF_CHECK_EQUAL(count("start"), 1u);
}

CAF_TEST(a stop ends intake and takes a snapshot before all end) {
  pass(200ms);
  auto hdl = self->request(aut, caf::infinite, atom::stop_v);
  pass(200ms);
  hdl.receive([](caf::ok_atom) {}, [](caf::error&) { CAF_FAIL("no stop"); });
  auto n = events->size();
  CAF_CHECK_EQUAL((*events)[n - 3], "state stopping");
  CAF_CHECK_EQUAL((*events)[n - 2], "intake stopped");
  CAF_CHECK_EQUAL((*events)[n - 1], "snapshot");
}

CAF_TEST(a stop while the flow is down answers at once) {
  failing = true;
  pass(200ms);
  auto hdl = self->request(aut, caf::infinite, atom::stop_v);
  pass(100ms);
  hdl.receive([](caf::ok_atom) {}, [](caf::error&) { CAF_FAIL("no stop"); });
}

CAF_TEST_FIXTURE_SCOPE_END()

#pragma once

#include "actors/serve/http/http_server.hpp"
#include "messages/error.hpp"
#include "tests/serve/raw_client.hpp"
#include "tests/serve/stand_ins.hpp"
#include "tests/spawn_state.hpp"
#include "tests/test.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

namespace rrdflow::test {

inline constexpr int64_t second = 1000000000;

inline constexpr int64_t now = 1700000000;

inline const std::string marked = "Host: localhost\r\nX-Rrdflow: 1\r\n";

/// Whether `condition` comes true within a minute.
template <class T>
bool comes_true(const T& condition) {
  for (auto i = 0; i < 6000; ++i) {
    if (condition())
      return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return false;
}

inline series_info make_series(std::string name, file_id id, uint32_t shard) {
  series_info x;
  x.name = name;
  x.file = name + ".rrd";
  x.source = "value";
  x.rule = "plant";
  x.topic = name;
  x.id = id;
  x.shard = shard;
  x.step = 2;
  x.heartbeat = 4;
  return x;
}

/// A real daemon and a real actor system around a flow of stand-ins.
struct server_fixture {
  explicit server_fixture(bool with_flow = true, std::string token = "",
                          http_limits limits = {}) {
    state->series = {make_series("a/b c", 1, 0), make_series("a/d", 2, 1)};
    state->series.back().alive = false;
    state->last = {{1, 0, (now - 5) * second + second / 2, 21.5}};
    http_settings settings;
    settings.listen = {"127.0.0.1:0"};
    settings.token = std::move(token);
    settings.limits = limits;
    settings.version = "1.2.3";
    settings.metrics = registry;
    connected.set(1);
    auto daemon = http_daemon::open(settings);
    if (!daemon)
      CAF_FAIL(explain(daemon.error()));
    address = (*daemon)->addresses().front();
    uut = test::spawn_state<http_server_state, caf::detached>(
      sys, settings, std::move(*daemon), [this] { return clock.load(); });
    if (with_flow) {
      flow = spawn_stand_ins(sys, state);
      caf::anon_send(uut, atom::flow_v, flow);
      caf::anon_send(uut, atom::flow_v, std::string{});
    }
  }

  ~server_fixture() {
    stop();
    end(flow);
  }

  void stop() {
    caf::scoped_actor self{sys};
    self->send_exit(uut, caf::exit_reason::user_shutdown);
    self->wait_for(uut);
  }

  static void end(const flow_handles& x) {
    auto exit = [](auto& whom) {
      if (whom)
        caf::anon_send_exit(whom, caf::exit_reason::user_shutdown);
    };
    exit(x.source);
    exit(x.keeper);
    exit(x.decoder);
    exit(x.catalog);
    for (auto& shard : x.shards)
      exit(shard);
    for (auto& writer : x.writers)
      exit(writer);
  }

  raw_response get(const std::string& target) {
    return ask(address, "GET " + target);
  }

  raw_response post(const std::string& target, const std::string& body = "",
                    const std::string& fields = "") {
    return ask(address, "POST " + target, marked + fields, body);
  }

  /// What HTTP_SERVER takes for the time.
  std::atomic<int64_t> clock{now * second};

  config cfg;
  caf::actor_system sys{cfg};
  stand_in_ptr state = std::make_shared<stand_in_state>();
  std::shared_ptr<metric_registry> registry
    = std::make_shared<metric_registry>();
  gauge connected{registry.get(), {"mqtt_connected", "1 while connected."}};
  flow_handles flow;
  http_server_actor uut;
  std::string address;
};

} // namespace rrdflow::test

/// Serves the page over invented series until its standard input ends. Prints
/// its address.

#include "actors/serve/http/http_server.hpp"
#include "messages/register.hpp"
#include "tests/serve/stand_ins.hpp"
#include "tests/spawn_state.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <thread>

using namespace rrdflow;

namespace {

int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

constexpr double pi = 3.14159265358979;

/// Has had its first reading just now: all there is is the running slot's row.
constexpr file_id fresh = 0;

/// A day's wave with noise; gaps of some minutes each few hours.
double value(file_id file, int64_t time, consolidation function) {
  auto present = now() / 1000000000;
  if (file == fresh && time < present)
    return std::numeric_limits<double>::quiet_NaN();
  if (time > present + 10 || (file != fresh && (time / 600 + file) % 23 == 0))
    return std::numeric_limits<double>::quiet_NaN();
  auto t = static_cast<double>(time);
  auto wave = 20 + 4 * std::sin(t / 86400 * 2 * pi + file)
              + 1.5 * std::sin(t / 1700 + 2 * file);
  auto noise = 0.15 * std::sin(t * 0.037 + file) + 0.1 * std::sin(t * 0.17);
  auto spread = 0.8 + 0.4 * std::sin(t / 900);
  switch (function) {
    case consolidation::min:
      return wave + noise - spread;
    case consolidation::max:
      return wave + noise + spread;
    default:
      return wave + noise;
  }
}

void invent(test::stand_in_state& state) {
  auto add = [&](std::string name, bool alive = true) {
    series_info x;
    x.name = name;
    x.file = name + ".rrd";
    x.source = "value";
    x.rule = "plant";
    x.topic = name.substr(0, name.rfind('/'));
    x.path = name.substr(name.rfind('/') + 1);
    x.id = static_cast<file_id>(state.series.size());
    x.shard = x.id % 2;
    x.step = 10;
    x.heartbeat = 60;
    x.alive = alive;
    state.series.push_back(std::move(x));
  };
  add("fresh/sensor/temperature");
  add("odd/<script>alert(1)</script>/temperature");
  add("odd/<img src=x onerror=alert(2)>/temperature");
  add("odd/\u202eright to left/temperature");
  for (auto room : {"boiler", "cellar", "garage", "hall 1", "hall 2", "office",
                    "roof", "server room"})
    for (auto what : {"co2", "humidity", "linkquality", "temperature"})
      add(std::string{"plant/"} + room + "/" + what,
          std::string{room} != "garage");
  for (auto i = 100; i < 300; ++i)
    add("sensors/node-" + std::to_string(i) + "/temperature");
  std::sort(state.series.begin(), state.series.end(),
            [](auto& x, auto& y) { return x.name < y.name; });
  state.value = value;
}

/// Keeps the last values fresh.
void refresh(test::stand_in_state& state) {
  constexpr int64_t second = 1000000000;
  std::lock_guard guard{state.mutex};
  state.last.clear();
  for (auto& x : state.series) {
    auto time = x.alive ? now() - (x.id % 9) * second : now() - 90000 * second;
    auto v = value(x.id, time / second, consolidation::average);
    state.last.push_back({x.id, 0, time, std::isnan(v) ? 0 : v});
  }
}

} // namespace

int main(int argc, char** argv) {
  caf::actor_system_config cfg;
  register_messages(cfg);
  caf::actor_system sys{cfg};
  http_settings settings;
  settings.listen = {argc > 1 ? argv[1] : "127.0.0.1:0"};
  settings.version = "0";
  gauge connected{settings.metrics.get(), {"mqtt_connected", ""}};
  connected.set(1);
  auto daemon = http_daemon::open(settings);
  if (!daemon) {
    std::cerr << explain(daemon.error()) << std::endl;
    return 1;
  }
  auto address = (*daemon)->addresses().front();
  auto state = std::make_shared<test::stand_in_state>();
  invent(*state);
  auto flow = test::spawn_stand_ins(sys, state);
  auto server = test::spawn_state<http_server_state, caf::detached>(
    sys, settings, std::move(*daemon), now);
  refresh(*state);
  caf::anon_send(server, atom::flow_v, flow);
  caf::anon_send(server, atom::flow_v, std::string{});
  std::atomic<bool> over{false};
  std::thread refreshing{[&] {
    while (!over) {
      refresh(*state);
      std::this_thread::sleep_for(std::chrono::milliseconds{500});
    }
  }};
  std::cout << "http://" << address << "/" << std::endl;
  while (std::cin.get() != EOF)
    ;
  over = true;
  refreshing.join();
  caf::scoped_actor self{sys};
  self->send_exit(server, caf::exit_reason::user_shutdown);
  self->wait_for(server);
  for (auto& x : flow.shards)
    self->send_exit(x, caf::exit_reason::user_shutdown);
  for (auto& x : flow.writers)
    self->send_exit(x, caf::exit_reason::user_shutdown);
  self->send_exit(flow.source, caf::exit_reason::user_shutdown);
  self->send_exit(flow.keeper, caf::exit_reason::user_shutdown);
  self->send_exit(flow.decoder, caf::exit_reason::user_shutdown);
  self->send_exit(flow.catalog, caf::exit_reason::user_shutdown);
  return 0;
}

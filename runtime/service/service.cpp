#include "runtime/service/service.hpp"

#include "actors/serve/http/http_server.hpp"
#include "actors/writer/librrd.hpp"
#include "messages/error.hpp"
#include "messages/register.hpp"
#include "runtime/service/flow.hpp"
#include "runtime/service/guarded_actor.hpp"
#include "runtime/service/janitoo_endpoint.hpp"
#include "runtime/service/process.hpp"
#include "runtime/service/service_parts.hpp"
#include "runtime/settings/settings.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <algorithm>
#include <chrono>

namespace rrdflow {

namespace {

using namespace std::chrono_literals;

struct system_config : caf::actor_system_config {
  system_config() {
    register_messages(*this);
    set("scheduler.max-throughput", 300);
    // Workers that look for work to steal cost a quarter of a core when idle.
    set("scheduler.policy", caf::atom("sharing"));
  }
};

int exit_code(const caf::error& x) {
  if (x == ec::bad_config)
    return EX_CONFIG;
  return x == ec::store_locked ? EX_TEMPFAIL : EX_IOERR;
}

/// The service while it runs.
class service {
public:
  explicit service(service_parts& parts) : parts_{parts} {
    // nop
  }

  /// Runs the actors until a signal ends it.
  void run();

private:
  void spawn(caf::actor_system& system);
  void reload(caf::scoped_actor& self);
  void flush_all(caf::scoped_actor& self);
  void say(const std::string& state);

  service_parts& parts_;
  http_server_actor http_;
  janitoo_endpoint janitoo_;
  supervisor_actor supervisor_;
  settings_keeper_actor settings_;
};

void service::say(const std::string& state) {
  caf::anon_send(http_, atom::flow_v, state);
  if (state.empty())
    spdlog::info("ready");
  notify_systemd(
    ("STATUS=" + (state.empty() ? std::string{"ready"} : state)).c_str());
  if (state.empty() || state == "catching up")
    notify_systemd("READY=1");
}

void service::spawn(caf::actor_system& system) {
  // The SUPERVISOR does not restart these: they survive exceptions.
  actor_guard guard;
  guard.goes_on = true;
  guard.hook = parts_.flow.switches.on_message;
  http_ = spawn_guarded<http_server_state, caf::detached>(
    system, guard, parts_.http, parts_.daemon, wall_nanoseconds);
  janitoo_.spawn(system, parts_.flow);
  settings_ = spawn_guarded<settings_state, caf::detached>(
    system, guard,
    settings_parts{parts_.flow.settings, parts_.file, parts_.flow.log,
                   parts_.flow.mqtt.table, parts_.flow.live,
                   [this](const config& x) { janitoo_.configure(x); }});
  if (janitoo_.node())
    caf::anon_send(janitoo_.node(), atom::flow_v, settings_actor{settings_});
  supervisor_settings settings;
  settings.flush_on_stop = parts_.flow.settings.cache.flush_on_stop;
  settings.start = [this, &system]() -> caf::expected<started_flow> {
    auto flow = start_flow(system, parts_.flow);
    if (flow) {
      caf::anon_send(http_, atom::flow_v, flow->handles);
      janitoo_.follow(flow->handles);
      caf::anon_send(settings_, atom::flow_v, flow->handles);
    }
    return flow;
  };
  settings.state_changed = [this](const std::string& x) { say(x); };
  settings.died = [this](const std::string& who, const caf::error& why) {
    if (who == "mqtt-source")
      parts_.flow.source = nullptr;
    return parts_.flow.switches.verdicts
           && parts_.flow.poison.died(*parts_.flow.log, who, why);
  };
  settings.metrics = parts_.flow.metrics.get();
  supervisor_ = spawn_guarded<supervisor_state, caf::detached>(
    system, guard, std::move(settings));
}

void service::reload(caf::scoped_actor& self) {
  notify_systemd("RELOADING=1");
  self->request(settings_, 30s, atom::reload_v)
    .receive([](caf::ok_atom) {},
             [](caf::error& err) {
               spdlog::error("the configuration stays as it was: {}",
                             explain(err));
             });
  notify_systemd("READY=1");
}

void service::flush_all(caf::scoped_actor& self) {
  self->request(supervisor_, 5s, atom::flow_v)
    .receive(
      [&](const flow_handles& flow) {
        spdlog::info("writing all rows");
        caf::anon_send(flow.keeper, atom::append_v, flush_request{});
      },
      [&](caf::error& err) { spdlog::warn("no flush: {}", explain(err)); });
}

void service::run() {
  system_config cfg;
  caf::actor_system system{cfg};
  spawn(system);
  caf::scoped_actor self{system};
  for (;;) {
    auto signal = wait_for_signal(1s);
    if (signal == SIGHUP)
      reload(self);
    else if (signal == SIGUSR1)
      flush_all(self);
    else if (signal)
      break;
  }
  spdlog::info("stopping");
  notify_systemd("STOPPING=1");
  // If an actor hangs: the journal has everything that was acknowledged.
  end_process_after(90s, EX_TEMPFAIL);
  // First: without the sink a message may end the connection.
  janitoo_.leave(self);
  parts_.flow.sink->stop();
  self->request(supervisor_, 80s, atom::stop_v)
    .receive([](caf::ok_atom) { spdlog::info("stopped"); },
             [](caf::error& err) { spdlog::error("{}", explain(err)); });
  for (auto& x : {caf::actor_cast<caf::actor>(supervisor_),
                  caf::actor_cast<caf::actor>(settings_),
                  caf::actor_cast<caf::actor>(http_)})
    self->send_exit(x, caf::exit_reason::user_shutdown);
  self->wait_for(supervisor_, settings_, http_);
  if (parts_.broker)
    parts_.broker->stop();
  // A callback of paho that holds a message back never returns, and with it
  // paho's thread: the process ends without waiting for it.
  end_process(EX_OK);
}

} // namespace

int run_service(const config& settings, const std::string& file,
                const test_switches& switches) {
  return_large_blocks();
  block_signals();
  survive_closed_pipes();
  ::umask(0027);
  librrd::initialise();
  service_parts parts;
  parts.file = file;
  parts.flow.settings = settings;
  parts.flow.live->take(settings);
  parts.flow.switches = switches;
  if (auto err = parts.open()) {
    spdlog::error("{}", explain(err));
    return exit_code(err);
  }
  service{parts}.run();
  return EX_OK;
}

} // namespace rrdflow

#include "runtime/service/service.hpp"

#include "actors/ingest/broker_process.hpp"
#include "actors/ingest/mosquitto_conf.hpp"
#include "actors/ingest/store_lock.hpp"
#include "actors/serve/http_server.hpp"
#include "messages/error.hpp"
#include "messages/register.hpp"
#include "runtime/service/deadline.hpp"
#include "runtime/service/flow.hpp"
#include "runtime/service/guarded_actor.hpp"
#include "runtime/service/janitoo_door.hpp"
#include "runtime/service/journal_report.hpp"
#include "runtime/service/quarantine_list.hpp"
#include "runtime/service/reload.hpp"
#include "runtime/service/signals.hpp"
#include "runtime/service/starting_point.hpp"
#include "runtime/service/verdicts.hpp"
#include "runtime/settings/settings.hpp"
#include "runtime/version.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <random>

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

int64_t wall_nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

/// The service while it runs. Members end in the reverse of their order.
class service {
public:
  service(config settings, std::string file, test_switches switches)
    : file_{std::move(file)} {
    parts_.settings = std::move(settings);
    parts_.live->take(parts_.settings);
    parts_.switches = std::move(switches);
  }

  /// Everything that may fail because of the configuration or the machine.
  caf::error open();

  /// Runs the actors until a signal ends it.
  void run();

private:
  caf::error check() const;
  caf::error open_broker();
  caf::error open_journal();
  void spawn(caf::actor_system& system);
  void reload(caf::scoped_actor& self);
  void flush_all(caf::scoped_actor& self);
  void say(const std::string& state);

  std::string file_;
  flow_parts parts_;
  std::shared_ptr<store_lock> lock_;
  std::unique_ptr<broker_process> broker_;
  http_settings http_;
  std::shared_ptr<http_daemon> daemon_;
  http_server_actor doors_;
  janitoo_door janitoo_;
  supervisor_actor supervisor_;
  settings_keeper_actor settings_;
};

caf::error service::check() const {
  auto& cfg = parts_.settings;
  // A segment must hold the largest message several times over.
  auto needed = 8 * (cfg.limits.payload + 65536);
  if (cfg.journal.segment_size < needed)
    return fail(ec::bad_config, "journal.segment_size must be at least "
                                  + std::to_string(needed)
                                  + " bytes for this limits.payload");
  return caf::none;
}

caf::error service::open_broker() {
  auto& cfg = parts_.settings;
  std::string address;
  if (cfg.mqtt.broker == "embedded") {
    broker_settings settings;
    settings.directory = cfg.store.directory + "/broker";
    settings.max_payload = cfg.limits.payload;
    auto broker = broker_process::start(std::move(settings));
    if (!broker)
      return broker.error();
    broker_ = std::move(*broker);
    address = broker_->address();
    spdlog::info("embedded broker on {}", address);
  }
  auto mqtt = resolve_mqtt_settings(cfg, address);
  if (!mqtt)
    return mqtt.error();
  parts_.mqtt = std::move(*mqtt);
  auto losses = known_losses(cfg.mqtt, usual_mosquitto_conf);
  parts_.mqtt.limits_unknown = !losses;
  if (losses)
    for (auto& x : *losses)
      spdlog::warn("{}", x);
  return caf::none;
}

caf::error service::open_journal() {
  auto& cfg = parts_.settings;
  auto cut = read_cut(cfg.store.directory);
  auto options = make_journal_options(cfg);
  if (!cut)
    return cut.error();
  parts_.snapshots_refused = cut->refused;
  options.at_least = cut->at;
  options.sequence_at_least = cut->sequence;
  options.second_at_least = cut->second;
  options.random = std::random_device{}();
  options.clock.as_it_is = !parts_.switches.arrival_clock;
  options.files = parts_.switches.files;
  auto log = journal::open(std::move(options));
  if (!log)
    return log.error();
  parts_.log = std::move(*log);
  remember_verdicts(parts_);
  log_report(*parts_.log, *cut);
  parts_.mqtt.known_to_broker = parts_.log->writer().last_sequence() > 0;
  parts_.sink = std::make_shared<journal_sink>(parts_.log, cfg.limits.payload);
  auto wanted = parts_.mqtt.table->wanted(wanted_filters(cfg.rules));
  if (!wanted)
    return wanted.error();
  parts_.rules = {cfg.text, std::move(*wanted)};
  // What waits in the journal is decoded by the rules that held when it came.
  auto appended = parts_.log->writer().append_request(record_kind::rules,
                                                      pack(parts_.rules));
  return appended ? caf::error{} : appended.error();
}

caf::error service::open() {
  auto& cfg = parts_.settings;
  if (auto err = check())
    return err;
  log_run_time_values(cfg.text, file_);
  auto http = make_http_settings(cfg.http, version);
  if (!http)
    return http.error();
  http_ = std::move(*http);
  http_.quarantine
    = [store = cfg.store.directory] { return list_quarantine(store); };
  auto lock = store_lock::acquire(cfg.store.directory);
  if (!lock)
    return lock.error();
  lock_ = std::move(*lock);
  auto daemon = http_daemon::open(http_);
  if (!daemon)
    return daemon.error();
  daemon_ = std::move(*daemon);
  if (auto err = open_broker())
    return err;
  return open_journal();
}

void service::say(const std::string& state) {
  caf::anon_send(doors_, atom::flow_v, state);
  if (state.empty())
    spdlog::info("ready");
  notify_systemd(
    ("STATUS=" + (state.empty() ? std::string{"ready"} : state)).c_str());
  if (state.empty() || state == "catching up")
    notify_systemd("READY=1");
}

void service::spawn(caf::actor_system& system) {
  // Nobody looks after these: they go on.
  actor_guard guard;
  guard.goes_on = true;
  guard.hook = parts_.switches.on_message;
  doors_ = spawn_guarded<caf::detached>(system, guard, http_server, http_,
                                        daemon_, wall_nanoseconds);
  janitoo_.spawn(system, parts_);
  settings_ = spawn_guarded<caf::detached>(
    system, guard, rrdflow::settings,
    settings_parts{parts_.settings, file_, parts_.log, parts_.mqtt.table,
                   parts_.live,
                   [this](const config& x) { janitoo_.configure(x); }});
  if (janitoo_.node())
    caf::anon_send(janitoo_.node(), atom::flow_v, settings_actor{settings_});
  supervisor_settings settings;
  settings.flush_on_stop = parts_.settings.cache.flush_on_stop;
  settings.start = [this, &system]() -> caf::expected<started_flow> {
    auto flow = start_flow(system, parts_);
    if (flow) {
      caf::anon_send(doors_, atom::flow_v, flow->handles);
      janitoo_.follow(flow->handles);
      caf::anon_send(settings_, atom::flow_v, flow->handles);
    }
    return flow;
  };
  settings.state_changed = [this](const std::string& x) { say(x); };
  settings.died = [this](const std::string& who, const caf::error& why) {
    if (who == "mqtt-source")
      parts_.source = nullptr;
    return judge(parts_, who, why);
  };
  settings.stats = [this] {
    auto result = janitoo_.stats();
    auto add = [&](const char* name, uint64_t x) {
      result.push_back({name, {}, {}, static_cast<double>(x)});
    };
    add("headers_put_back_total", parts_.headers_put_back);
    add("snapshots_refused_total", parts_.snapshots_refused);
    return result;
  };
  supervisor_ = spawn_guarded<caf::detached>(system, guard, supervisor,
                                             std::move(settings));
  caf::anon_send(doors_, atom::flow_v, supervisor_);
}

void service::reload(caf::scoped_actor& self) {
  notify_systemd("RELOADING=1");
  self->request(settings_, 30s, atom::resume_v)
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
  // Whatever hangs: the journal has everything that was acknowledged.
  deadline limit{90s, EX_TEMPFAIL};
  // First: without the sink a message may end the connection.
  janitoo_.leave(self);
  parts_.sink->stop();
  self->request(supervisor_, 80s, atom::stop_v)
    .receive([](caf::ok_atom) { spdlog::info("stopped"); },
             [](caf::error& err) { spdlog::error("{}", explain(err)); });
  for (auto& x : {caf::actor_cast<caf::actor>(supervisor_),
                  caf::actor_cast<caf::actor>(settings_),
                  caf::actor_cast<caf::actor>(doors_)})
    self->send_exit(x, caf::exit_reason::user_shutdown);
  self->wait_for(supervisor_, settings_, doors_);
  if (broker_)
    broker_->stop();
  // A callback of paho that holds a message back never returns, and with it
  // paho's thread: the process ends without waiting for it.
  limit.leave(EX_OK);
}

} // namespace

int run_service(const config& settings, const std::string& file,
                const test_switches& switches) {
  block_signals();
  ::umask(0027);
  // librrd would send its updates to the daemon that this names.
  ::unsetenv("RRDCACHED_ADDRESS");
  service x{settings, file, switches};
  if (auto err = x.open()) {
    spdlog::error("{}", explain(err));
    return exit_code(err);
  }
  x.run();
  return EX_OK;
}

} // namespace rrdflow

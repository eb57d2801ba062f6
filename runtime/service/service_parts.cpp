#include "runtime/service/service_parts.hpp"

#include "actors/base/printable.hpp"
#include "actors/mqtt/broker_limits.hpp"
#include "config/load.hpp"
#include "config/run_time_values.hpp"
#include "messages/error.hpp"
#include "runtime/service/checkpoint.hpp"
#include "runtime/service/files_ahead.hpp"
#include "runtime/service/journal_report.hpp"
#include "runtime/service/quarantine_list.hpp"
#include "runtime/settings/settings.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

namespace rrdflow {

caf::error service_parts::open_broker() {
  auto& cfg = flow.settings;
  std::string address;
  if (cfg.mqtt.broker.embedded()) {
    broker_settings settings;
    settings.directory = cfg.store.directory + "/broker";
    settings.max_payload = cfg.limits.payload;
    auto started = broker_process::start(std::move(settings));
    if (!started)
      return started.error();
    broker = std::move(*started);
    address = broker->address();
    spdlog::info("embedded broker on {}", address);
  }
  auto mqtt = resolve_mqtt_settings(cfg, address);
  if (!mqtt)
    return mqtt.error();
  flow.mqtt = std::move(*mqtt);
  auto losses = known_losses(cfg.mqtt, default_mosquitto_conf);
  flow.mqtt.metrics = flow.metrics;
  flow.mqtt.limits_unknown = !losses;
  if (losses)
    for (auto& x : *losses)
      spdlog::warn("{}", x);
  return caf::none;
}

caf::error service_parts::open_journal() {
  auto& cfg = flow.settings;
  auto from = load_checkpoint(cfg.store.directory, shard_count(cfg.cache));
  auto options = make_journal_options(cfg);
  if (!from)
    return from.error();
  options.at_least = from->at;
  options.sequence_at_least = from->memory.sequence;
  options.second_at_least = from->memory.watermark;
  options.clock.as_it_is = !flow.switches.arrival_clock;
  options.files = flow.switches.files;
  options.metrics = flow.metrics.get();
  auto log = journal::open(std::move(options));
  if (!log)
    return log.error();
  flow.log = std::move(*log);
  flow.poison.load(*flow.log);
  log_report(*flow.log, *from);
  flow.first = std::make_shared<checkpoint>(std::move(*from));
  flow.mqtt.known_to_broker = flow.log->writer().last_sequence() > 0;
  flow.sink = std::make_shared<journal_sink>(flow.log, cfg.limits.payload);
  auto wanted = flow.mqtt.table->wanted(wanted_filters(cfg.rules));
  if (!wanted)
    return wanted.error();
  flow.rules = {cfg.text, std::move(*wanted)};
  // What waits in the journal is decoded by the rules that held when it came.
  auto appended
    = flow.log->writer().append_request(record_kind::rules, pack(flow.rules));
  return appended ? caf::error{} : appended.error();
}

bool service_parts::listen_as_file_says(const caf::error& why) {
  auto& cfg = flow.settings;
  auto own = parse_config(split_texts(cfg.text).file, file).value.http.listen;
  if (own == cfg.http.listen)
    return false;
  spdlog::error("http.listen as it was set at run time: {}; it is that of {}",
                printable(explain(why)), file);
  cfg.http.listen = std::move(own);
  return true;
}

caf::error service_parts::open_http() {
  auto& cfg = flow.settings;
  auto made = make_http_settings(cfg.http, RRDFLOW_VERSION);
  if (!made)
    return made.error();
  http = std::move(*made);
  http.quarantine
    = [store = cfg.store.directory] { return list_quarantine(store); };
  http.metrics = flow.metrics;
  auto bound = http_daemon::open(http);
  if (!bound)
    return bound.error();
  daemon = std::move(*bound);
  return caf::none;
}

caf::error service_parts::open() {
  auto& cfg = flow.settings;
  log_run_time_values(parse_joined_config(cfg.text, file), file);
  auto acquired = store_lock::acquire(cfg.store.directory);
  if (!acquired)
    return acquired.error();
  lock = std::move(*acquired);
  // What comes next may take long on a slow disk.
  spdlog::info("rrdflow {} opens the store {}", RRDFLOW_VERSION,
               cfg.store.directory);
  log_files_ahead(cfg, std::chrono::system_clock::now());
  // http.listen may be set over the network, which must not prevent a start.
  auto error = open_http();
  if (error && listen_as_file_says(error))
    error = open_http();
  if (error)
    return error;
  if (auto err = open_broker())
    return err;
  return open_journal();
}

} // namespace rrdflow

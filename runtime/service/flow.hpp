#pragma once

#include "actors/base/metrics.hpp"
#include "actors/journal/journal.hpp"
#include "actors/mqtt/mqtt_settings.hpp"
#include "actors/supervisor/supervisor.hpp"
#include "config/config.hpp"
#include "messages/interfaces.hpp"
#include "runtime/service/journal_sink.hpp"
#include "runtime/service/poison_records.hpp"
#include "runtime/service/reloadable_settings.hpp"
#include "runtime/service/switches.hpp"

#include <caf/expected.hpp>
#include <caf/fwd.hpp>

#include <cstdint>
#include <memory>

namespace rrdflow {

struct checkpoint;

/// What outlives the flows of a process.
struct flow_parts {
  /// What /metrics shows. Outlives all that counts.
  std::shared_ptr<metric_registry> metrics
    = std::make_shared<metric_registry>();

  config settings;
  journal_ptr log;
  std::shared_ptr<journal_sink> sink;
  mqtt_settings mqtt;

  /// The rules of a store without a snapshot, and the filters to subscribe.
  rules_request rules;

  test_switches switches;

  poison_records poison;

  /// What the first flow starts from; later ones load it anew.
  std::shared_ptr<checkpoint> first;

  /// What was set since the start.
  std::shared_ptr<reloadable_settings> live
    = std::make_shared<reloadable_settings>();

  /// Made with the first flow, kept by the following ones.
  mqtt_source_actor source;

  // Counted over all flows.
  counter snapshots{metrics.get(), {"snapshots_total", "Snapshots committed."}};
  counter snapshots_refused{metrics.get(),
                            {"snapshots_refused_total",
                             "Snapshots passed over at a start."}};
  counter headers_put_back{metrics.get(),
                           {"headers_put_back_total",
                            "File headers put back at a start."}};
  counter undo_damaged_bytes{
    metrics.get(),
    {"undo_damaged_bytes_total",
     "Bytes of undo logs that were damaged at a start."}};
};

/// Rolls the files back to the newest snapshot and starts every actor of a flow
/// from there. Blocks; to be called while no flow runs. If it fails or throws,
/// the spawned actors have ended, except for the MQTT_SOURCE.
caf::expected<started_flow>
start_flow(caf::actor_system& system, flow_parts& parts);

} // namespace rrdflow

#pragma once

#include "actors/base/file_names.hpp"
#include "actors/catalog/catalog_engine.hpp"
#include "runtime/service/checkpoint.hpp"
#include "runtime/service/flow.hpp"
#include "runtime/service/sync_files.hpp"

#include <tsl/robin_map.h>

#include <cstdint>
#include <memory>

namespace rrdflow {

using key_map = tsl::robin_map<uint64_t, file_id>;

/// What a flow is made of.
struct flow_ingredients {
  starting_point from;
  uint32_t shards = 1;

  /// The files of the snapshot, by path_key.
  std::shared_ptr<const key_map> known;

  std::shared_ptr<file_names> names;
  std::shared_ptr<file_system_sync> files;
  catalog_engine catalog;
};

/// Spawns every actor of a flow. If it throws, those that were spawned have
/// ended, but for the MQTT_SOURCE.
started_flow
spawn_flow(caf::actor_system& system, flow_parts& parts, flow_ingredients with);

} // namespace rrdflow

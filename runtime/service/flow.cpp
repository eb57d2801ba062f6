#include "runtime/service/flow.hpp"

#include "actors/writer/rollback.hpp"
#include "actors/writer/rrd_reader.hpp"
#include "messages/error.hpp"
#include "runtime/service/flow_actors.hpp"

#include <caf/actor_system.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace rrdflow {

namespace {

caf::expected<catalog_engine>
open_catalog(const flow_parts& parts, uint32_t shards,
             const std::vector<uint64_t>& in_snapshot) {
  auto folder = rrd_folder::open(parts.settings.store.directory);
  if (!folder)
    return folder.error();
  catalog_settings settings;
  settings.directory = parts.settings.store.directory;
  settings.max_series = parts.settings.limits.series;
  settings.shard_count = shards;
  settings.in_snapshot = in_snapshot;
  settings.describe = [&folder](const std::string& path) {
    auto info = describe_file(*folder, path);
    if (info)
      return std::move(*info);
    file_info unread;
    unread.exists = true;
    unread.error = explain(info.error());
    return unread;
  };
  return catalog_engine::open(std::move(settings));
}

/// The files of the snapshot. Shards use it when they begin, which is after the
/// CATALOG took over its engine.
std::shared_ptr<const key_map>
map_keys(const std::vector<uint64_t>& keys, const catalog_engine& catalog) {
  auto result = std::make_shared<key_map>();
  result->reserve(keys.size());
  for (auto key : keys)
    if (auto id = catalog.find(key))
      result->emplace(key, *id);
  return result;
}

caf::expected<flow_ingredients> gather(flow_parts& parts) {
  auto& store = parts.settings.store.directory;
  auto from = load_starting_point(parts);
  if (from.snapshot.error)
    return from.snapshot.error;
  if (auto err = put_files_back(parts, from.marker))
    return err;
  auto logged = newest_marker(store);
  if (!logged)
    return logged.error();
  auto& newest = from.snapshot.newest_marker;
  newest = std::max(newest, *logged);
  auto shards = parts.settings.cache.shards;
  if (shards == 0)
    shards = std::max(1u, std::thread::hardware_concurrency());
  auto engine = open_catalog(parts, shards, from.keys);
  if (!engine)
    return engine.error();
  engine->remember(from.keys);
  auto known = map_keys(from.keys, *engine);
  auto names = engine->names();
  auto files = file_system_sync::open(store);
  if (!files)
    return files.error();
  return flow_ingredients{std::move(from),   shards,
                          std::move(known),  std::move(names),
                          std::move(*files), std::move(*engine)};
}

} // namespace

caf::expected<started_flow>
start_flow(caf::actor_system& system, flow_parts& parts) {
  auto begin = std::chrono::steady_clock::now();
  auto with = gather(parts);
  if (!with)
    return with.error();
  auto names = with->names;
  auto result = spawn_flow(system, parts, std::move(*with));
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  spdlog::info("flow started in {:.2f} s with {} files, {} messages wait",
               took.count(), names->size(), parts.log->waiting());
  return result;
}

} // namespace rrdflow

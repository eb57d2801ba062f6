#include "runtime/service/flow.hpp"

#include "actors/cache/cache_shard.hpp"
#include "actors/cache/rotator.hpp"
#include "actors/catalog/catalog.hpp"
#include "actors/decode/decoder.hpp"
#include "actors/ingest/journal_keeper.hpp"
#include "actors/ingest/mqtt_source.hpp"
#include "actors/reaper/reaper.hpp"
#include "actors/snapshot/snapshotter.hpp"
#include "actors/writer/put_back.hpp"
#include "actors/writer/rrd_reader.hpp"
#include "actors/writer/rrd_writer.hpp"
#include "messages/error.hpp"
#include "runtime/service/starting_point.hpp"
#include "runtime/service/sync_files.hpp"

#include <caf/actor_system.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <unordered_map>

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
    return describe_file(*folder, path);
  };
  return catalog_engine::open(std::move(settings));
}

writer_settings make_writer_settings(const flow_parts& parts, uint32_t index,
                                     uint32_t shards, uint64_t marker) {
  auto& cfg = parts.settings;
  writer_settings result;
  result.store = cfg.store.directory;
  result.index = index;
  result.marker = marker;
  result.max_files_per_second = cfg.writer.max_files_per_second / shards;
  result.creates_per_second = cfg.writer.creates_per_second / shards;
  result.disk_reserve = cfg.limits.disk_reserve;
  result.undo_log = parts.switches.undo_log;
  result.at_step = parts.switches.at_write_step;
  return result;
}

using key_map = std::unordered_map<uint64_t, file_id>;

/// The files of the snapshot. Shards use it when they begin, which is after the
/// CATALOG took over its engine.
std::shared_ptr<const key_map>
map_keys(const std::vector<uint64_t>& keys, const catalog_engine& catalog) {
  auto result = std::make_shared<key_map>();
  for (auto key : keys)
    if (auto id = catalog.find(key))
      result->emplace(key, *id);
  return result;
}

cache_settings
make_cache_settings(const flow_parts& parts, uint32_t index, uint32_t shards,
                    std::shared_ptr<const key_map> known) {
  auto& cfg = parts.settings.cache;
  cache_settings result;
  result.index = index;
  result.shard_count = shards;
  result.flush_after = cfg.flush_after;
  result.flush_jitter = cfg.flush_jitter;
  result.memory = cfg.memory / shards;
  result.lookup = [known](uint64_t key) -> std::optional<file_id> {
    auto i = known->find(key);
    return i == known->end() ? std::nullopt : std::optional{i->second};
  };
  return result;
}

int64_t wall_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

} // namespace

caf::expected<started_flow>
start_flow(caf::actor_system& system, flow_parts& parts) {
  auto& cfg = parts.settings;
  auto& store = cfg.store.directory;
  auto begin = std::chrono::steady_clock::now();
  auto from = load_starting_point(parts);
  if (from.snapshot.error)
    return from.snapshot.error;
  if (auto err = put_files_back(parts, from.marker))
    return err;
  auto shards = cfg.cache.shards;
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

  started_flow result;
  auto& handles = result.handles;
  if (!parts.source)
    parts.source = system.spawn<caf::detached>(
      mqtt_source, parts.mqtt, parts.sink, parts.rules.subscriptions);
  auto keeping = make_keeper_settings(cfg);
  keeping.resumed
    = [source = parts.source] { caf::anon_send(source, atom::resume_v); };
  handles.keeper = system.spawn<caf::detached>(journal_keeper,
                                               std::move(keeping), parts.log);
  for (uint32_t i = 0; i < shards; ++i) {
    handles.writers.push_back(system.spawn<caf::detached>(
      rrd_writer, make_writer_settings(parts, i, shards, from.marker), names));
    handles.shards.push_back(
      system.spawn(cache_shard, make_cache_settings(parts, i, shards, known),
                   names, handles.writers[i], handles.keeper, from.shards));
  }
  handles.catalog
    = system.spawn<caf::detached>(catalog, std::move(*engine), handles.writers);
  decoder_settings decoding;
  decoding.shards = shards;
  decoding.limits = cfg.limits;
  decoding.retained = cfg.mqtt.retained;
  decoding.names = names;
  decoding.hold = parts.switches.hold_decoder;
  std::shared_ptr<journal_feed> feed{parts.log, &parts.log->feed()};
  handles.decoder = system.spawn<caf::detached>(
    decoder, decoding, feed,
    decoder_peers{handles.catalog, handles.shards, handles.keeper},
    std::move(from.decoder));

  snapshotter_settings snapshots;
  snapshots.folder = snapshot_folder(store);
  snapshots.every = cfg.snapshot.every;
  snapshots.shards = shards;
  snapshots.newest_marker
    = std::max(from.snapshot.newest_marker, newest_marker(store));
  if (from.snapshot.content)
    snapshots.last.emplace(from.marker, from.snapshot.content->at);
  snapshots.sync_files = [x = *files] { return x->run(); };
  snapshots.drop_undo_logs = [store](uint64_t below) {
    if (auto err = drop_undo_logs(store, below))
      spdlog::warn("undo logs stay: {}", explain(err));
  };
  snapshots.committed = parts.snapshots;
  handles.snapshotter = system.spawn<caf::detached>(
    snapshotter, std::move(snapshots), handles.decoder, handles.keeper);
  auto clock = system.spawn(rotator, handles.decoder,
                            wall_clock{std::chrono::system_clock::now});
  auto reaping
    = system.spawn(reaper, reaper_settings{cfg.reaper.after, wall_seconds},
                   handles.shards, names, handles.keeper);
  caf::anon_send(handles.keeper, atom::subscribe_v, handles.shards);
  handles.source = parts.source;

  auto add = [&result](const char* name, const auto& hdl, bool stays = false) {
    result.actors.push_back(
      {name, caf::actor_cast<caf::strong_actor_ptr>(hdl), stays});
  };
  add("mqtt-source", handles.source, true);
  add("rotator", clock);
  add("reaper", reaping);
  add("decoder", handles.decoder);
  for (auto& x : handles.shards)
    add("cache-shard", x);
  for (auto& x : handles.writers)
    add("rrd-writer", x);
  add("snapshotter", handles.snapshotter);
  add("catalog", handles.catalog);
  add("journal-keeper", handles.keeper);
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  spdlog::info("flow started in {:.2f} s with {} files, {} messages wait",
               took.count(), names->size(), parts.log->waiting());
  return result;
}

} // namespace rrdflow

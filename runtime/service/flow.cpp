#include "runtime/service/flow.hpp"

#include "actors/base/file_names.hpp"
#include "actors/cache/cache_shard.hpp"
#include "actors/cache/rotator.hpp"
#include "actors/catalog/catalog.hpp"
#include "actors/catalog/catalog_engine.hpp"
#include "actors/decode/decoder.hpp"
#include "actors/journal/journal_keeper.hpp"
#include "actors/mqtt/mqtt_source.hpp"
#include "actors/reaper/reaper.hpp"
#include "actors/snapshot/snapshotter.hpp"
#include "actors/writer/rollback.hpp"
#include "actors/writer/rrd_reader.hpp"
#include "actors/writer/rrd_writer.hpp"
#include "messages/error.hpp"
#include "runtime/service/checkpoint.hpp"
#include "runtime/service/guarded_actor.hpp"
#include "runtime/service/process.hpp"
#include "runtime/service/sync_files.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

namespace rrdflow {

namespace {

/// What the actors of a flow are made of.
struct flow_inputs {
  checkpoint from;
  decoder_start decoder;
  uint32_t shards = 1;
  std::shared_ptr<file_names> names;
  std::shared_ptr<file_system_sync> files;
  catalog_engine catalog;
};

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
  settings.registry = parts.metrics.get();
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

/// The `path_key`s of the files whose state is in the snapshot.
std::vector<uint64_t> keys_of(const checkpoint& from) {
  std::vector<uint64_t> result;
  for (auto& shard : from.shards)
    for (auto& file : shard.files)
      result.push_back(file.key);
  return result;
}

/// What their rows are made for.
std::vector<definition_ptr> definitions_of(const checkpoint& from) {
  std::vector<definition_ptr> result;
  for (auto& shard : from.shards)
    for (auto& file : shard.files)
      result.push_back(file.definition);
  return result;
}

/// Gives the files of the snapshot their numbers.
void number_files(checkpoint& from, const catalog_engine& catalog) {
  for (auto& shard : from.shards) {
    for (auto& file : shard.files)
      file.id = catalog.find(file.key);
    for (auto& [key, loss] : shard.losses)
      if (auto id = catalog.find(key))
        loss.file = *id;
      else
        loss.count = 0;
  }
}

caf::expected<flow_inputs> prepare(flow_parts& parts) {
  auto& store = parts.settings.store.directory;
  auto shards = shard_count(parts.settings.cache);
  auto first = std::exchange(parts.first, nullptr);
  auto loaded = first ? caf::expected<checkpoint>{std::move(*first)}
                      : load_checkpoint(store, shards);
  if (!loaded)
    return loaded.error();
  auto& from = *loaded;
  if (auto err = roll_back_files(parts, from.marker))
    return err;
  auto logged = newest_marker(store);
  if (!logged)
    return logged.error();
  from.newest_marker = std::max(from.newest_marker, *logged);
  auto keys = keys_of(from);
  auto engine = open_catalog(parts, shards, keys);
  if (!engine)
    return engine.error();
  engine->remember(keys, definitions_of(from));
  number_files(from, *engine);
  auto names = engine->names();
  auto decoder = make_decoder_start(parts, from);
  auto files = file_system_sync::open(store);
  if (!files)
    return files.error();
  return flow_inputs{std::move(from),  std::move(decoder), shards,
                     std::move(names), std::move(*files),  std::move(*engine)};
}

writer_settings make_writer_settings(const flow_parts& parts, uint32_t index,
                                     uint32_t shards, uint64_t marker) {
  auto& cfg = parts.settings;
  writer_settings result;
  result.store = cfg.store.directory;
  result.metrics = parts.metrics.get();
  result.index = index;
  result.marker = marker;
  result.max_files_per_second = cfg.writer.max_files_per_second / shards;
  result.creates_per_second = cfg.writer.creates_per_second / shards;
  result.disk_reserve = cfg.limits.disk_reserve;
  result.undo_log = parts.switches.undo_log;
  result.own_rows = parts.switches.own_rows;
  result.fill_holes = parts.switches.fill_holes;
  result.before_job = parts.switches.before_job;
  result.at_step = parts.switches.at_write_step;
  return result;
}

cache_settings
make_cache_settings(const flow_parts& parts, uint32_t index, uint32_t shards) {
  auto& cfg = parts.settings.cache;
  cache_settings result;
  result.index = index;
  result.shard_count = shards;
  result.flush_after = cfg.flush_after;
  result.flush_jitter = cfg.flush_jitter;
  result.memory = cfg.memory / shards;
  result.metrics = parts.metrics.get();
  return result;
}

snapshotter_settings
make_snapshotter_settings(flow_parts& parts, const flow_inputs& with) {
  auto& store = parts.settings.store.directory;
  snapshotter_settings result;
  result.folder = snapshot_folder(store);
  result.every = std::chrono::milliseconds{parts.live->snapshot_every.load()};
  result.shards = with.shards;
  result.newest_marker = with.from.newest_marker;
  if (with.from.marker != 0)
    result.last.emplace(with.from.marker, with.from.at);
  result.sync_files = [x = with.files] { return x->run(); };
  result.drop_undo_logs = [store](uint64_t below) {
    if (auto err = drop_undo_logs(store, below))
      spdlog::warn("undo logs stay: {}", explain(err));
  };
  result.registry = parts.metrics.get();
  result.committed = &parts.snapshots;
  return result;
}

decoder_settings
make_decoder_settings(const flow_parts& parts, const flow_inputs& with) {
  decoder_settings result;
  result.registry = parts.metrics.get();
  result.linger = std::chrono::milliseconds{2};
  result.hash_seed = std::random_device{}();
  result.names = with.names;
  result.progress = parts.poison.progress();
  result.hold = parts.switches.hold_decoder;
  result.before_record = parts.switches.before_record;
  return result;
}

/// Spawns every actor of a flow. Ends those that were spawned if one cannot be.
class flow_spawner {
  template <class State, caf::spawn_options Options = caf::no_spawn_options,
            class... Ts>
  auto spawn(actor_guard x, Ts&&... xs) {
    auto result = spawn_guarded<State, Options>(system_, std::move(x),
                                                std::forward<Ts>(xs)...);
    spawned_.push_back(caf::actor_cast<caf::actor>(result));
    return result;
  }

public:
  flow_spawner(caf::actor_system& system, flow_parts& parts, flow_inputs& with)
    : system_{system}, parts_{parts}, with_{with} {
    // nop
  }

  ~flow_spawner() {
    if (complete_)
      return;
    caf::scoped_actor self{system_};
    for (auto& x : spawned_) {
      self->send_exit(x, caf::exit_reason::kill);
      self->wait_for(x);
    }
  }

  started_flow run() {
    spawn_intake();
    for (uint32_t i = 0; i < with_.shards; ++i)
      spawn_shard(i);
    spawn_decoder();
    auto& hdl = result_.handles;
    hdl.snapshotter = spawn<snapshotter_state, caf::detached>(
      guard(), make_snapshotter_settings(parts_, with_), hdl.decoder,
      hdl.keeper);
    auto clock = spawn<rotator_state>(
      guard(), hdl.decoder, wall_clock{std::chrono::system_clock::now});
    hdl.reaper = spawn<reaper_state>(
      guard(),
      reaper_settings{
        std::chrono::seconds{parts_.live->reaper_after.load()},
        [] { return wall_nanoseconds() / 1000000000; },
        std::min<size_t>(1 << 20, parts_.settings.journal.segment_size / 8)},
      hdl.shards, with_.names, hdl.keeper);
    add("mqtt-source", hdl.source, true);
    add("rotator", clock);
    add("reaper", hdl.reaper);
    add("decoder", hdl.decoder);
    for (auto& x : hdl.shards)
      add("cache-shard", x);
    for (auto& x : hdl.writers)
      add("rrd-writer", x);
    add("snapshotter", hdl.snapshotter);
    add("catalog", hdl.catalog);
    add("journal-keeper", hdl.keeper);
    caf::anon_send(hdl.keeper, atom::subscribe_v, hdl.shards);
    complete_ = true;
    return std::move(result_);
  }

private:
  void spawn_intake() {
    auto& hdl = result_.handles;
    if (!parts_.source)
      parts_.source = spawn_guarded<mqtt_source_state, caf::detached>(
        system_, guard(), parts_.mqtt, parts_.sink, parts_.rules.subscriptions);
    hdl.source = parts_.source;
    auto keeping = make_keeper_settings(parts_.settings);
    keeping.resumed
      = [source = hdl.source] { caf::anon_send(source, atom::resume_v); };
    hdl.keeper = spawn<journal_keeper_state, caf::detached>(
      guard(), std::move(keeping), parts_.log);
  }

  void spawn_shard(uint32_t i) {
    auto& hdl = result_.handles;
    hdl.writers.push_back(spawn<rrd_writer_state, caf::detached>(
      guard(), make_writer_settings(parts_, i, with_.shards, with_.from.marker),
      with_.names));
    hdl.shards.push_back(spawn<cache_shard_state>(
      guard({"open", "name_rules", "due", "put", "flush", "retire", "release"}),
      make_cache_settings(parts_, i, with_.shards), with_.names, hdl.writers[i],
      hdl.keeper, std::move(with_.from.shards[i])));
  }

  void spawn_decoder() {
    auto& hdl = result_.handles;
    hdl.catalog = spawn<catalog_state, caf::detached>(
      guard({"resolve", "retire", "forget", "release"}, true),
      std::move(with_.catalog), hdl.writers, hdl.shards, hdl.keeper);
    std::shared_ptr<journal_feed> feed{parts_.log, &parts_.log->feed()};
    hdl.decoder = spawn<decoder_state, caf::detached>(
      guard({"work"}, true), make_decoder_settings(parts_, with_), feed,
      decoder_peers{hdl.catalog, hdl.shards, hdl.keeper},
      std::move(with_.decoder));
  }

  actor_guard guard(std::vector<std::string> applying = {},
                    bool answers_apply = false) const {
    return {std::move(applying), answers_apply, false,
            parts_.switches.on_message};
  }

  template <class Handle>
  void add(const char* name, const Handle& hdl, bool stays = false) {
    result_.actors.push_back(
      {name, caf::actor_cast<caf::strong_actor_ptr>(hdl), stays});
  }

  caf::actor_system& system_;
  flow_parts& parts_;
  flow_inputs& with_;
  started_flow result_;
  std::vector<caf::actor> spawned_;
  bool complete_ = false;
};

} // namespace

caf::expected<started_flow>
start_flow(caf::actor_system& system, flow_parts& parts) {
  auto begin = std::chrono::steady_clock::now();
  auto with = prepare(parts);
  if (!with)
    return with.error();
  auto names = with->names;
  auto result = flow_spawner{system, parts, *with}.run();
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  spdlog::info("flow started in {:.2f} s with {} files, {} messages wait",
               took.count(), names->size(), parts.log->waiting());
  return result;
}

} // namespace rrdflow

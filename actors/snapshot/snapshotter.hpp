#pragma once

#include "actors/base/metrics.hpp"
#include "actors/snapshot/snapshot_file.hpp"
#include "actors/snapshot/snapshot_round.hpp"
#include "messages/interfaces.hpp"

#include <caf/actor_clock.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow {

/// What a SNAPSHOTTER is given.
struct snapshotter_settings {
  /// `<store>/snapshot`.
  std::string folder;

  std::chrono::milliseconds every{60000};

  /// How many shards send a part.
  size_t shards = 1;

  /// No marker up to here is used.
  uint64_t newest_marker = 0;

  /// The marker and position of the snapshot that the flow started from.
  std::optional<std::pair<uint64_t, position>> last;

  /// Makes everything durable that was written to the store's file system.
  std::function<caf::error()> sync_files;

  /// Deletes undo logs below a marker.
  std::function<void(uint64_t)> drop_undo_logs;

  /// Null: nothing is shown.
  metric_registry* registry = nullptr;

  /// Counts the snapshots committed in this process; may be null.
  counter* committed = nullptr;
};

/// The SNAPSHOTTER. Takes consistent snapshots of the flow: a marker through
/// every stream, the parts that come back, one sync of all files, then the
/// commit. Keeps the last two, and lets go of what only older ones needed.
///
/// Spawned by: runtime, detached.
/// Sends to: DECODER (markers), JOURNAL_KEEPER (what is covered).
/// Blocks: on disk.
/// Stops: on EXIT. Quits when a file cannot be written or synced; the flow then
/// starts again from the last committed snapshot. Goes on when the disk is
/// full.
class snapshotter_state {
public:
  using handle = snapshotter_actor;

  static inline const char* name = "snapshotter";

  explicit snapshotter_state(snapshotter_actor::pointer self) : self_{self} {
    // nop
  }

  snapshotter_actor::behavior_type
  make_behavior(snapshotter_settings settings, decoder_actor decoder,
                journal_keeper_actor keeper);

private:
  /// Begins a snapshot if one is due.
  void pump();
  void begin_snapshot();
  void take(const snapshot_part& x);
  caf::error commit();
  void fail_with(caf::error err);

  snapshotter_actor::pointer self_;
  snapshotter_settings settings_;
  decoder_actor decoder_;
  journal_keeper_actor keeper_;
  std::optional<snapshot_round> round_;
  std::optional<snapshot_writer> writer_;
  position at_ = 0;
  position journal_end_ = 0;

  /// When the last one was committed, or this actor began. Read by /metrics.
  std::atomic<caf::actor_clock::time_point> committed_at_;
  std::optional<computed_metric> age_;

  /// Requests from before the running snapshot began, and from after.
  std::vector<caf::typed_response_promise<uint64_t>> served_;
  std::vector<caf::typed_response_promise<uint64_t>> asked_;
};

} // namespace rrdflow

#pragma once

#include "actors/base/file_names.hpp"
#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace rrdflow {

struct reaper_settings {
  /// A file without a reading for so long is expired. 0: none ever is.
  std::chrono::seconds after{86400};

  /// The wall clock, in seconds since the epoch.
  std::function<int64_t()> now;

  /// Bytes of all names in one request, at most: a record of the journal is
  /// bounded.
  size_t request_bytes = 1 << 20;
};

/// Files in one request at most: the DECODER stands while it retires them.
constexpr size_t max_retired_files = 10000;

/// How long to wait between two looks for idle files: a 24th of the time after
/// which a file is expired, at least a second and at most ten minutes.
std::chrono::seconds reap_interval(std::chrono::seconds after);

/// The REAPER. Retires expired series: they leave the index and the shards'
/// memory.
///
/// Spawned by: SUPERVISOR.
/// Sends to: `shards` (which files are idle), then `keeper` one request at a
/// time: retiring goes through the journal, and the shards decide there, by the
/// same readings on a replay, which files go.
/// Blocks: never.
/// Stops: on EXIT.
class reaper_state {
public:
  using handle = reaper_actor;

  static inline const char* name = "reaper";

  explicit reaper_state(reaper_actor::pointer self) : self_{self} {
    // nop
  }

  reaper_actor::behavior_type
  make_behavior(reaper_settings settings, std::vector<cache_shard_actor> shards,
                std::shared_ptr<file_names> names, journal_keeper_actor keeper);

private:
  void look();
  void request_next();

  reaper_actor::pointer self_;
  reaper_settings settings_;
  std::vector<cache_shard_actor> shards_;
  std::shared_ptr<file_names> names_;
  journal_keeper_actor keeper_;
  caf::actor_clock::time_point next_look_{};

  /// Whether shards have not answered, or files are left, or a request is out:
  /// there is no second look before.
  bool busy_ = false;

  /// The files that the look has found and that are not requested yet.
  std::vector<file_id> files_;

  /// Seconds; they had no reading since.
  int64_t idle_since_ = 0;
};

} // namespace rrdflow

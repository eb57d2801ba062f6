#pragma once

#include "actors/catalog/catalog_engine.hpp"
#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

namespace rrdflow {

/// The CATALOG. Knows which series exist.
///
/// Spawned by: SUPERVISOR with the engine that it loaded and gave the files
/// of the snapshot. Detached.
/// Sends to: `writers` (`writers[i]` owns the files of shard i), which describe
/// files that exist and whose state no shard has.
/// Bounds: the DECODER sends one request to resolve at a time.
/// Blocks: on its file. While the disk is full, it answers nothing that is not
/// on disk, and tries again each second.
/// Stops: on EXIT. Quits with the error of a failed sync.
class catalog_state {
public:
  using handle = catalog_actor;

  static inline const char* name = "catalog";

  explicit catalog_state(catalog_actor::pointer self) : self_{self} {
    // nop
  }

  catalog_actor::behavior_type
  make_behavior(catalog_engine engine, std::vector<rrd_writer_actor> writers);

private:
  using resolutions = std::vector<resolution>;

  /// A request to resolve that is not answered.
  struct work {
    std::vector<new_series> series;
    caf::typed_response_promise<resolutions> promise;
    file_descriptions known;
    caf::error failure;
  };

  /// Goes on with the oldest request until writers must be asked.
  void advance();

  void describe(const std::vector<file_id>& files);

  /// One writer answered, or failed to.
  void described(caf::error failure);

  /// Calls `f` once all is on disk that was decided so far.
  void after_commit(std::function<void()> f);

  void commit();
  void tend_index();

  catalog_actor::pointer self_;
  std::optional<catalog_engine> engine_;
  std::vector<rrd_writer_actor> writers_;

  /// The first one may wait for writers.
  std::deque<work> queue_;
  size_t outstanding_ = 0;

  /// What waits for the disk.
  std::vector<std::function<void()>> held_;
  bool disk_full_ = false;

  caf::actor_clock::time_point next_index_{};
  bool index_failed_ = false;
};

} // namespace rrdflow

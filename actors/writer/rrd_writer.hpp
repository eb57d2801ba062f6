#pragma once

#include "actors/base/log_throttle.hpp"
#include "actors/writer/write_engine.hpp"
#include "actors/writer/writer_settings.hpp"
#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace rrdflow {

/// An RRD_WRITER. Owns the RRD files of a shard: nothing else touches them.
///
/// Spawned by: SUPERVISOR, one per shard, with `caf::detached`, after
/// `rollback` and `sweep_new_files`.
/// Sends to: the CATALOG that subscribed, which files have another shape than
/// their rows are made for.
/// Blocks: on the disk, in every handler.
/// Stops: on EXIT. Quits if the store cannot be opened, and if a sync of the
/// undo log fails: the flow must then start from the last snapshot.
class rrd_writer_state {
public:
  using handle = rrd_writer_actor;

  static inline const char* name = "rrd-writer";

  explicit rrd_writer_state(rrd_writer_actor::pointer self);

  rrd_writer_actor::behavior_type
  make_behavior(writer_settings settings, std::shared_ptr<file_names> names);

private:
  /// Names the files that gave trouble, at most so many at a time.
  void log_trouble(const std::vector<write_outcome>& outcomes);

  void tell_changed();

  rrd_writer_actor::pointer self_;
  catalog_actor catalog_;
  std::unique_ptr<write_engine> engine_;
  log_throttle log_;
};

} // namespace rrdflow

#pragma once

#include "actors/writer/write_engine.hpp"
#include "actors/writer/writer_settings.hpp"
#include "messages/interfaces.hpp"

#include <caf/actor_clock.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace rrdflow {

/// The state of an RRD_WRITER.
class rrd_writer_state {
public:
  static inline const char* name = "rrd-writer";

  explicit rrd_writer_state(rrd_writer_actor::pointer self) : self_{self} {
    // nop
  }

  rrd_writer_actor::behavior_type
  make_behavior(writer_settings settings, std::shared_ptr<file_names> names);

private:
  /// Names the files that gave trouble, not too many.
  void log_trouble(const std::vector<write_outcome>& outcomes);

  rrd_writer_actor::pointer self_;
  std::unique_ptr<write_engine> engine_;
  unsigned lines_ = 0;
  uint64_t unnamed_ = 0;
  caf::actor_clock::time_point next_log_;
};

/// The only one who touches the RRD files of a shard.
///
/// Spawned by: SUPERVISOR, one per shard, with `caf::detached`, after
/// `put_back` and `sweep_new_files`.
/// Sends to: nobody.
/// Blocks: on the disk, in every handler.
/// Stops: on EXIT. Quits if the store cannot be opened, and if a sync of the
/// undo log fails: the flow must then start from the last snapshot.
rrd_writer_actor::behavior_type
rrd_writer(rrd_writer_actor::stateful_pointer<rrd_writer_state> self,
           writer_settings settings, std::shared_ptr<file_names> names);

} // namespace rrdflow

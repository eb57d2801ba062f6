#pragma once

#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <functional>

namespace rrdflow {

/// Reads the wall clock.
using wall_clock = std::function<std::chrono::system_clock::time_point()>;

/// The ROTATOR. Tells the DECODER at each full second of the wall clock that a
/// second is over. Looks at that clock anew for each, so that it neither drifts
/// nor misses a step of it.
///
/// Spawned by: SUPERVISOR.
/// Sends to: `decoder`.
/// Blocks: never.
/// Stops: on EXIT only; its tick keeps it alive.
class rotator_state {
public:
  using handle = rotator_actor;

  static inline const char* name = "rotator";

  explicit rotator_state(rotator_actor::pointer self) : self_{self} {
    // nop
  }

  /// @param wall usually `std::chrono::system_clock::now`
  rotator_actor::behavior_type
  make_behavior(decoder_actor decoder, wall_clock wall);

private:
  /// Has a `tick` sent when the wall clock's next second begins.
  void arm();

  rotator_actor::pointer self_;
  decoder_actor decoder_;
  wall_clock wall_;
};

} // namespace rrdflow

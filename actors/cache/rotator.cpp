#include "actors/cache/rotator.hpp"

#include <utility>

namespace rrdflow {

void rotator_state::arm() {
  using namespace std::chrono;
  auto now = wall_().time_since_epoch();
  auto left = floor<seconds>(now) + seconds{1} - now;
  self_->scheduled_send(
    self_, self_->clock().now() + duration_cast<steady_clock::duration>(left),
    atom::tick_v);
}

rotator_actor::behavior_type
rotator_state::make_behavior(decoder_actor decoder, wall_clock wall) {
  decoder_ = std::move(decoder);
  wall_ = std::move(wall);
  arm();
  return {
    [this](atom::tick) {
      arm();
      self_->send(decoder_, atom::tick_v);
    },
  };
}

} // namespace rrdflow

#include "actors/ingest/mqtt_backoff.hpp"

#include <algorithm>

namespace rrdflow {

void mqtt_backoff::connected(time_point now) {
  connected_at_ = now;
  connected_ = true;
}

void mqtt_backoff::lost(time_point now) {
  end_of_life(now);
  next_ = now + unreachable_delay;
}

void mqtt_backoff::unreachable(time_point now) {
  next_ = now + unreachable_delay;
}

void mqtt_backoff::refused(time_point now) {
  end_of_life(now);
  refusal_delay_
    = std::clamp(refusal_delay_ * 2, first_refusal_delay, max_refusal_delay);
  next_ = now + refusal_delay_;
}

void mqtt_backoff::end_of_life(time_point now) {
  if (connected_ && now - connected_at_ >= good_life)
    refusal_delay_ = duration::zero();
  connected_ = false;
}

} // namespace rrdflow

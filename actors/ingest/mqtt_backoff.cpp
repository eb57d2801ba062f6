#include "actors/ingest/mqtt_backoff.hpp"

#include <algorithm>

namespace rrdflow {

void mqtt_backoff::connected(time_point now) {
  connected_at_ = now;
}

void mqtt_backoff::lost(time_point now) {
  if (now - connected_at_ >= short_life) {
    short_lives_ = 0;
    refusal_delay_ = duration::zero();
    next_ = now;
  } else if (++short_lives_ <= 2) {
    next_ = now + unreachable_delay;
  } else {
    refused(now);
  }
}

void mqtt_backoff::unreachable(time_point now) {
  next_ = now + unreachable_delay;
}

void mqtt_backoff::refused(time_point now) {
  refusal_delay_
    = std::clamp(refusal_delay_ * 2, first_refusal_delay, max_refusal_delay);
  next_ = now + refusal_delay_;
}

} // namespace rrdflow

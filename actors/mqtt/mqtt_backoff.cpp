#include "actors/mqtt/mqtt_backoff.hpp"

#include <algorithm>

namespace rrdflow {

void mqtt_backoff::connected(time_point now) {
  connected_at_ = now;
  connected_ = true;
}

void mqtt_backoff::lost(time_point now) {
  end_of_life(now);
  auto delay = unreachable_delay;
  for (auto i = many_short_lives; i < short_lives_ && delay < max_lost_delay;
       ++i)
    delay *= 2;
  next_ = now + std::min(delay, max_lost_delay);
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
  if (!connected_)
    return;
  connected_ = false;
  if (now - connected_at_ >= good_life) {
    refusal_delay_ = duration::zero();
    short_lives_ = 0;
  } else {
    ++short_lives_;
  }
}

} // namespace rrdflow

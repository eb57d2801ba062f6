#pragma once

#include <chrono>

namespace rrdflow {

/// Decides when to try to connect again. A broker that does not answer is
/// tried often, so that we are back soon after it is; one that answers and
/// refuses us, or throws us out right away, is asked ever more rarely.
class mqtt_backoff {
public:
  using clock = std::chrono::steady_clock;
  using duration = clock::duration;
  using time_point = clock::time_point;

  /// Between attempts to reach a broker that does not answer.
  static constexpr duration unreachable_delay = std::chrono::milliseconds(200);

  /// After the first refusal; doubles with each further one.
  static constexpr duration first_refusal_delay = std::chrono::seconds(1);
  static constexpr duration max_refusal_delay = std::chrono::seconds(30);

  /// A connection that does not live that long counts as a refusal.
  static constexpr duration short_life = std::chrono::seconds(1);

  /// Whether to connect now.
  bool due(time_point now) const {
    return now >= next_;
  }

  void connected(time_point now);
  void lost(time_point now);
  void unreachable(time_point now);
  void refused(time_point now);

  /// Forgets all delays.
  void reset() {
    *this = mqtt_backoff{};
  }

private:
  time_point next_;
  time_point connected_at_;
  duration refusal_delay_ = duration::zero();

  /// Short connections in a row.
  int short_lives_ = 0;
};

} // namespace rrdflow

#pragma once

#include <chrono>

namespace rrdflow {

/// Decides when to try to connect again. A broker that does not answer is
/// tried often, so that the connection is back soon after it is; one that
/// answers and refuses the client is asked ever more rarely.
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

  /// Once several connections in a row have ended soon: each time twice as
  /// long as the last, up to this.
  static constexpr duration max_lost_delay = std::chrono::seconds(1);
  static constexpr unsigned many_short_lives = 3;

  /// A connection that lived that long makes up for what was before it.
  static constexpr duration good_life = std::chrono::seconds(10);

  /// Whether to connect now.
  bool due(time_point now) const {
    return now >= next_;
  }

  void connected(time_point now);

  /// The connection is gone: the broker ended, or the network did.
  void lost(time_point now);

  void unreachable(time_point now);

  /// The broker refused the client, or ended its connection for another one.
  void refused(time_point now);

  /// Connections in a row that ended before they were `good_life` old.
  unsigned short_lives() const {
    return short_lives_;
  }

  /// Forgets all delays.
  void reset() {
    *this = mqtt_backoff{};
  }

private:
  void end_of_life(time_point now);

  time_point next_;
  time_point connected_at_;
  bool connected_ = false;
  unsigned short_lives_ = 0;
  duration refusal_delay_ = duration::zero();
};

} // namespace rrdflow

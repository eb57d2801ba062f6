#pragma once

#include "actors/base/log_throttle.hpp"
#include "actors/base/metrics.hpp"
#include "actors/mqtt/mqtt_backoff.hpp"
#include "actors/mqtt/mqtt_client.hpp"
#include "actors/mqtt/mqtt_settings.hpp"
#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rrdflow {

/// The MQTT_SOURCE. Receives messages from the broker and hands them to `sink`
/// in paho's thread; each is acknowledged when the sink has it.
///
/// Spawned by: SUPERVISOR, after the journal is open.
/// Sends to: itself.
/// Blocks: only on the table's file, when the broker confirmed that a filter is
/// gone. Paho is called from a thread of its own: while the sink holds a
/// message back, everything but the reception goes on.
/// Stops: after `stop` (answered within 2 s, even while the sink holds a
/// message back: that message is not acknowledged then) on EXIT. On EXIT alone
/// the connection is cut.
class mqtt_source_state {
public:
  using handle = mqtt_source_actor;

  static inline const char* name = "mqtt-source";

  /// Between two checks of the connection.
  static constexpr std::chrono::milliseconds tick_interval{200};

  /// `stop` is answered after that time at the latest.
  static constexpr std::chrono::seconds stop_limit{2};

  explicit mqtt_source_state(mqtt_source_actor::pointer self) : self_{self} {
    // nop
  }

  /// Cuts the connection.
  ~mqtt_source_state();

  mqtt_source_actor::behavior_type
  make_behavior(mqtt_settings settings, std::shared_ptr<message_sink> sink,
                std::vector<subscription> wanted);

private:
  using time_point = mqtt_backoff::time_point;

  /// Counted here; all else counts in mqtt_client and mqtt_intake.
  struct counters {
    explicit counters(metric_registry* registry);

    counter reconnects;
    counter refused_subscriptions;
    counter sessions_lost;
  };

  void tick();
  void apply(const mqtt_event& x, time_point now);
  void connected(bool anew, time_point now);
  void check_intake();
  void check_broker(time_point now);
  void check_stop(time_point now);
  void link_node();
  void want(std::vector<subscription> wanted);

  /// Whether to log a problem of this kind now; adds to `text` how many were
  /// not logged.
  bool may_log(const std::string& kind, time_point now, std::string& text);

  mqtt_source_actor::pointer self_;
  mqtt_settings settings_;
  std::shared_ptr<mqtt_client> client_;
  mqtt_backoff backoff_;

  /// By kind of problem.
  std::map<std::string, log_throttle> throttles_;
  bool stopping_ = false;
  time_point stop_deadline_;
  std::vector<caf::typed_response_promise<caf::ok_atom>> stop_promises_;

  /// What was logged once and stays true.
  std::set<std::string> warned_;

  /// Whether JANITOO_NODE knows the connection to be up.
  bool linked_ = false;

  /// What the broker had dropped when it was logged.
  int64_t dropped_logged_ = 0;

  uint64_t connects_ = 0;
  uint64_t callback_errors_ = 0;
  bool starved_ = false;
  std::optional<counters> counters_;
};

} // namespace rrdflow

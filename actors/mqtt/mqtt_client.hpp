#pragma once

#include "actors/mqtt/mqtt_event.hpp"
#include "actors/mqtt/mqtt_settings.hpp"
#include "actors/mqtt/mqtt_sink.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace rrdflow {

class mqtt_worker;

/// A narrow adapter for paho-mqtt-cpp: one connection to one broker.
///
/// No member blocks, whatever paho does: while the sink keeps a message back,
/// every call of paho would block, so all calls of paho are made by a thread of
/// its own. The state shown is our own.
///
/// All members may be called from any thread.
class mqtt_client {
public:
  mqtt_client(const mqtt_settings& settings,
              std::shared_ptr<message_sink> sink);

  mqtt_client(const mqtt_client&) = delete;
  mqtt_client& operator=(const mqtt_client&) = delete;

  /// Takes no more messages; does not wait for the end of the connection.
  ~mqtt_client();

  /// Connects, if the link is down. Ends in one of the events connected,
  /// unreachable and refused.
  void connect();

  /// Subscribes to what is wanted and unsubscribes the rest, now and at every
  /// connect.
  void want(mqtt_filters x);

  /// Publishes at QoS 0. Dropped and counted unless the link is up, and when
  /// too much waits.
  void publish(std::string topic, std::string payload);

  /// Begins to end the connection in good order; the session stays. Later the
  /// link is `ended`, unless a message is stalled.
  void stop();

  /// No message is taken from now on, and none is acknowledged.
  void cut();

  mqtt_link state() const;

  /// The link is up, and the broker has answered for all that was wanted when
  /// it came up: what is published now reaches us.
  bool subscribed() const;

  /// What happened since the last call, in order.
  std::vector<mqtt_event> events();

  /// What was given to paho, and what was dropped.
  uint64_t published() const;
  uint64_t unpublished() const;

  uint64_t callback_errors() const;
  bool starved() const;
  std::string last_callback_error() const;

  /// What the broker said of itself; negative or empty: nothing yet.
  int64_t dropped_by_broker() const;
  std::string broker_version() const;

private:
  std::shared_ptr<mqtt_worker> worker_;
};

} // namespace rrdflow

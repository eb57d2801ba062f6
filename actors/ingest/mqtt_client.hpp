#pragma once

#include "actors/ingest/mqtt_settings.hpp"
#include "actors/ingest/mqtt_sink.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace rrdflow {

/// Something that happened to the connection.
struct mqtt_event {
  enum class kind : uint8_t {
    /// The broker accepted us and kept our session.
    connected,
    /// The broker accepted us, without a session.
    connected_anew,
    /// The broker will not do what we need; text says what and why.
    warning,
    /// The broker did not answer.
    unreachable,
    /// The broker answered, and refused us.
    refused,
    /// The connection is gone.
    lost,
    /// The broker refused a filter, or to let go of it; text names it.
    subscribe_refused,
    /// The broker no longer holds the filter that text is.
    unsubscribed,
    /// The connection was ended in good order because of `stop`.
    ended,
  };

  kind what = kind::lost;
  std::string text;
};

/// A narrow adapter for paho-mqtt-cpp: one connection to one broker.
///
/// No member blocks, whatever paho does: while the sink keeps a message back,
/// every call of paho would block, so all calls of paho are made by a thread of
/// its own. The state shown is our own.
///
/// All members may be called from any thread.
class mqtt_client {
public:
  enum class link : uint8_t { down, connecting, up, ended };

  mqtt_client(const mqtt_settings& settings,
              std::shared_ptr<message_sink> sink);

  mqtt_client(const mqtt_client&) = delete;
  mqtt_client& operator=(const mqtt_client&) = delete;

  /// Takes no more messages; does not wait for the end of the connection.
  ~mqtt_client();

  /// Connects, if the link is down. Ends in one of the events connected,
  /// unreachable and refused.
  void connect();

  /// Subscribes to `wanted` and unsubscribes `unwanted`, now and at every
  /// connect.
  void
  want(std::vector<subscription> wanted, std::vector<std::string> unwanted);

  /// Begins to end the connection in good order; the session stays. Later the
  /// link is `ended`, unless a message is stalled.
  void stop();

  /// No message is taken from now on, and none is acknowledged.
  void cut();

  link state() const;

  /// The link is up, and the broker has answered for all that was wanted when
  /// it came up: what is published now reaches us.
  bool subscribed() const;

  /// What happened since the last call, in order.
  std::vector<mqtt_event> events();

  uint64_t callback_errors() const;
  std::string last_callback_error() const;

  /// What the broker said of itself; negative or empty: nothing yet.
  int64_t dropped_by_broker() const;
  std::string broker_version() const;

private:
  class worker;

  std::shared_ptr<worker> worker_;
};

} // namespace rrdflow

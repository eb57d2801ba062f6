#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace rrdflow {

/// A message as the broker delivers it. The views are valid during the call.
struct incoming_message {
  std::string_view topic;
  std::string_view payload;

  /// Sent because it was retained, in answer to a subscription.
  bool retained = false;

  /// Sent before, and not acknowledged then.
  bool duplicate = false;

  /// Subscription identifiers; none on MQTT 3.1.1.
  const uint32_t* identifiers = nullptr;
  size_t identifier_count = 0;
};

/// Takes the messages that MQTT_SOURCE receives.
class message_sink {
public:
  virtual ~message_sink() = default;

  /// Returns true once the message is safe: it is acknowledged then. Blocks
  /// while it cannot be taken, and returns false if that is because we stop:
  /// the broker keeps the message then. Runs in paho's one receiving thread;
  /// must not call paho.
  virtual bool take(const incoming_message& x) = 0;
};

} // namespace rrdflow

#pragma once

#include "config/mqtt_config.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rrdflow {

/// What a broker said when it accepted a connection. Only MQTT 5 has more than
/// the first.
struct broker_facts {
  /// It still has the client's session.
  bool session_present = false;

  /// Seconds, if it keeps the session for another time than asked for.
  std::optional<uint32_t> session_expiry;

  /// Seconds; it ends a connection that is silent for 1.5 times as long.
  std::optional<uint16_t> keep_alive;

  bool identifiers = true;
  bool wildcards = true;
};

/// What of the facts costs messages, or counts them twice; one line each.
/// `filters` is how many are wanted.
std::vector<std::string>
warnings(const broker_facts& x, const mqtt_config& client, size_t filters);

/// Where Debian's mosquitto has its configuration.
inline constexpr const char* default_mosquitto_conf
  = "/etc/mosquitto/mosquitto.conf";

/// What of the broker would lose messages of the session; one line
/// each, which names the key to set. Known if the broker is a mosquitto on this
/// machine and `file` is its configuration: otherwise nothing, since MQTT does
/// not tell limits.
std::optional<std::vector<std::string>>
known_losses(const mqtt_config& client, const std::string& file);

/// The same for a broker whose limits are not known: what to look after.
std::string general_advice();

} // namespace rrdflow

#pragma once

#include "config/mqtt_config.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rrdflow {

/// Where Debian's mosquitto has its configuration.
inline constexpr const char* usual_mosquitto_conf
  = "/etc/mosquitto/mosquitto.conf";

/// What a mosquitto.conf says about the messages that wait for a client.
struct mosquitto_conf {
  std::vector<uint16_t> ports;
  bool persistence = false;
  bool autosave_on_changes = false;

  /// Seconds, or changes with `autosave_on_changes`.
  uint64_t autosave_interval = 1800;

  /// 0: no limit.
  uint64_t max_queued_messages = 1000;

  /// 0: no limit.
  uint64_t max_queued_bytes = 0;

  /// Seconds; 0: never.
  uint64_t client_expiration = 0;
};

/// Reads a mosquitto.conf and the folders that it includes. Nothing, if one of
/// the files cannot be read or is too large to be one.
std::optional<mosquitto_conf> read_mosquitto_conf(const std::string& file);

/// What of `broker` would lose messages of a session like ours; one line each,
/// which names the key to set.
std::vector<std::string>
losses(const mosquitto_conf& broker, const mqtt_config& ours);

/// What the operator of our broker should know before messages are lost:
/// `losses`, if the broker is a mosquitto on this machine and `file` is its
/// configuration. Otherwise its limits cannot be known, MQTT does not tell
/// them: nothing.
std::optional<std::vector<std::string>>
known_losses(const mqtt_config& ours, const std::string& file);

/// The same for a broker whose limits are not known: what to look after.
std::string general_advice();

} // namespace rrdflow

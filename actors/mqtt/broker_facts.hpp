#pragma once

#include "config/mqtt_config.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rrdflow {

/// What a broker said when it accepted us. Only MQTT 5 has more than the first.
struct broker_facts {
  /// It still has our session.
  bool session_present = false;

  /// Seconds, if it keeps our session for another time than we asked for.
  std::optional<uint32_t> session_expiry;

  /// Seconds; it ends a connection that is silent for 1.5 times as long.
  std::optional<uint16_t> keep_alive;

  bool identifiers = true;
  bool wildcards = true;
};

/// What of the facts costs messages, or counts them twice; one line each.
/// `filters` is how many we want.
std::vector<std::string>
warnings(const broker_facts& x, const mqtt_config& ours, size_t filters);

} // namespace rrdflow

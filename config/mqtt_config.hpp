#pragma once

#include "config/addresses.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace rrdflow {

/// What becomes of messages that the broker had retained.
enum class retained_policy : uint8_t { ignore, if_newer, accept };

struct tls_config {
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
};

/// `[mqtt]`.
struct mqtt_config {
  broker_address broker = "tcp://127.0.0.1:1883";

  /// 5 or 3 (3.1.1).
  int version = 5;

  /// Empty: made once and kept in the store.
  std::string client_id;

  int qos = 1;
  std::chrono::seconds session_expiry{7 * 86400};
  std::string username;
  std::string password_file;
  tls_config tls;
  retained_policy retained = retained_policy::ignore;
};

} // namespace rrdflow

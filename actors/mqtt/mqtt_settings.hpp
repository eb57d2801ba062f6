#pragma once

#include "actors/base/metrics.hpp"
#include "actors/base/node_queue.hpp"
#include "actors/mqtt/subscription_table.hpp"
#include "config/config_ptr.hpp"
#include "config/janitoo_config.hpp"
#include "config/mqtt_config.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace rrdflow {

/// What an MQTT_SOURCE needs to know. Everything is resolved: no file is read
/// later, except by TLS.
struct mqtt_settings {
  /// With the address of a broker, never "embedded".
  mqtt_config mqtt;

  std::string client_id;
  std::string password;

  /// Bytes; on MQTT 5 the broker does not send larger messages.
  uint64_t max_payload = 64ull << 10;

  /// Whether an earlier run took messages: then the broker has, or should have,
  /// the session.
  bool known_to_broker = false;

  /// What the broker may lose is not known: to be logged.
  bool limits_unknown = false;

  /// Knows which filters of earlier runs are to be unsubscribed; may be null.
  std::shared_ptr<subscription_table> table;

  /// Where the messages for JANITOO_NODE go; null: there is none.
  std::shared_ptr<node_queue> node;

  /// Where the broker publishes OFFLINE when the connection breaks; empty:
  /// nowhere.
  std::string will_topic;

  /// What /metrics shows; may be null.
  std::shared_ptr<metric_registry> metrics;
};

/// The filters of JANITOO_NODE; none if it is not enabled.
std::vector<std::string> janitoo_filters(const janitoo_config& x);

/// Resolves the client id (`mqtt.client_id`, or one made once and kept in
/// "<store>/client_id") and the password, and opens "<store>/subscriptions".
/// `address` replaces `mqtt.broker` unless it is empty. The store's folder
/// exists. Fails with ec::bad_config, ec::io_failed or ec::damaged.
caf::expected<mqtt_settings>
resolve_mqtt_settings(const config& x, const std::string& address);

/// Reads or makes the client id in "<store>/client_id".
caf::expected<std::string> kept_client_id(const std::string& store);

/// Reads a password; a trailing line break does not count. See read_secret().
caf::expected<std::string> read_password(const std::string& file);

} // namespace rrdflow

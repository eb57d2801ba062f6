#pragma once

#include "config/config.hpp"
#include "messages/interfaces.hpp"
#include "runtime/service/flow.hpp"

#include <caf/fwd.hpp>

namespace rrdflow {

/// The JANITOO_NODE of the service, if `[janitoo]` is enabled. Members may be
/// called from any thread after `spawn`.
class janitoo_endpoint {
public:
  /// Spawns it unless it is not enabled.
  void spawn(caf::actor_system& system, const flow_parts& parts);

  /// A new flow runs.
  void follow(const flow_handles& x);

  /// The configuration is another one now. What needs a restart stays as it
  /// was.
  void configure(config x);

  /// Whom to tell who keeps the values that are set; null: it is not enabled.
  const janitoo_node_actor& node() const {
    return node_;
  }

  /// Lets it say OFFLINE, while MQTT_SOURCE still publishes. Blocks.
  void leave(caf::scoped_actor& self);

private:
  janitoo_node_actor node_;

  /// What holds until a restart.
  janitoo_config at_start_;
};

} // namespace rrdflow

#pragma once

#include <caf/fwd.hpp>

namespace rrdflow {

/// Announces all message types and error codes of this service. Every process
/// that exchanges messages with us, tests included, calls this on its config.
void register_messages(caf::actor_system_config& cfg);

} // namespace rrdflow

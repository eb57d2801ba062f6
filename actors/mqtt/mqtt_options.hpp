#pragma once

#include "actors/mqtt/mqtt_settings.hpp"

#include <mqtt/connect_options.h>

namespace rrdflow {

/// Sets everything but TLS and what changes from connection to connection.
/// @param v5 speak MQTT 5, else 3.1.1
void fill(mqtt::connect_options& options, const mqtt_settings& settings,
          bool v5);

} // namespace rrdflow

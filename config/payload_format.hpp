#pragma once

#include <cstdint>

namespace rrdflow {

/// How a rule or a source reads payloads.
/// actors/decode/formats/format_table.hpp has the function of each, in the same
/// order.
enum class payload_format : uint8_t { automatic, number, json, janitoo };

/// What a configuration calls them.
inline constexpr const char* payload_format_names[]
  = {"auto", "number", "json", "janitoo"};

/// Names that a later version will know.
inline constexpr const char* planned_payload_formats[] = {
  "senml",  "influx",     "collectd", "tasmota", "zigbee2mqtt", "sparkplug",
  "shelly", "homie",      "ttn",      "rtl_433", "owntracks",   "victron",
  "zwave",  "chirpstack", "esphome",  "kepware", "theengs",     "statestream",
};

} // namespace rrdflow

#pragma once

#include <set>
#include <string>

namespace rrdflow {

/// Every key that the loader asks for, e.g. "mqtt.tls.ca_file" and
/// "rule.fields.path"; tables have an entry of their own.
std::set<std::string> known_config_keys();

} // namespace rrdflow

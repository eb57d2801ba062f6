#pragma once

#include "config/rule_config.hpp"
#include "messages/error.hpp"

#include <caf/expected.hpp>

#include <string>

namespace rrdflow {

/// Reads the rules in the text of a configuration file.
/// @returns `ec::bad_config` with the first mistake.
caf::expected<rules_config> rules_of(const std::string& text);

} // namespace rrdflow

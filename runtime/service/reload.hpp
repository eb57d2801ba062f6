#pragma once

#include "config/config.hpp"

#include <string>
#include <vector>

namespace rrdflow {

/// Names the tables of the configuration that differ and that only a restart
/// applies, e.g. "mqtt".
std::vector<std::string> changed_tables(const config& x, const config& y);

} // namespace rrdflow

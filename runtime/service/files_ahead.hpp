#pragma once

#include "config/config_ptr.hpp"

#include <chrono>
#include <cstdint>

namespace rrdflow {

/// Logs each file of an `[[rrd]]` whose last update is ahead of
/// `now`: the original wrote local time as if it were UTC. RRD takes
/// no value before that time is over.
/// @returns how many there are
uint64_t
log_files_ahead(const config& x, std::chrono::system_clock::time_point now);

} // namespace rrdflow

#pragma once

#include "messages/metric.hpp"

#include <string>

namespace rrdflow {

/// The numbers that Prometheus expects of every process (`process_*`), read
/// from `directory`, which is /proc/self. What cannot be read is left out.
/// `boot` is the second since the epoch at which the machine started.
metrics process_metrics(const std::string& directory, double boot);

/// When this machine started (seconds since the epoch), by its clocks: a unit
/// with ProcSubset=pid does not see /proc/stat.
double boot_time();

} // namespace rrdflow

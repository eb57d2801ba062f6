#pragma once

#include "actors/base/metrics.hpp"

#include <deque>
#include <string>

namespace rrdflow {

/// When this machine started (seconds since the epoch), by its clocks: a unit
/// with ProcSubset=pid does not see /proc/stat.
double boot_time();

/// The numbers that Prometheus expects of every process (`process_*`), read
/// when they are asked for. What cannot be read at the start is left out.
class process_metrics {
public:
  explicit process_metrics(metric_registry* registry,
                           const std::string& directory = "/proc/self",
                           double boot = boot_time());

private:
  std::deque<computed_metric> metrics_;
};

} // namespace rrdflow

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// A line of Prometheus' text format.
struct metric_line {
  /// Name and labels as written, e.g. `rrdflow_samples_total{rule="plant"}`.
  std::string key;

  /// As written, e.g. "12", "+Inf".
  std::string value;

  /// The name without labels.
  std::string_view name() const {
    return std::string_view{key}.substr(0, key.find('{'));
  }
};

/// The samples of a text; comments, and lines that are none, are left out.
std::vector<metric_line> parse_metric_lines(std::string_view text);

/// {"name{labels}": value}; NaN and infinities become null.
std::string metrics_json(const std::vector<metric_line>& lines);

} // namespace rrdflow

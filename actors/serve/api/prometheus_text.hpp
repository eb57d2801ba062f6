#pragma once

#include "messages/metric.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// Adds up the metrics of many actors and writes them as Prometheus text,
/// format 0.0.4.
///
/// Metrics of the same name and labels are added, except those that begin with
/// "oldest_" or "rule_last_", of which the largest stays. "x_total" is a
/// counter; "x_bucket" (label "le"), "x_sum" and "x_count" make a histogram;
/// all others are gauges. A metric whose name or label Prometheus would refuse
/// is left out.
class prometheus_text {
public:
  /// Adds metrics of this service, whose names lack the prefix "rrdflow_".
  void add(const metrics& xs);

  /// Adds a metric under its full name.
  void add_plain(const metric& x);

  /// All of it, sorted by name.
  std::string text() const;

  /// The values of a metric by its labels, e.g. {{{"reason", "disk"}}, 1}.
  using labels = std::vector<std::pair<std::string, std::string>>;
  std::map<labels, double> values(std::string_view name) const;

private:
  void add(std::string name, const metric& x);

  struct family {
    /// By suffix ("", "_bucket", "_sum", "_count") and labels.
    std::map<std::pair<std::string, labels>, double> samples;
  };

  std::map<std::string, family, std::less<>> families_;
};

/// What a metric means, for the HELP line; `name` is the full one.
std::string_view metric_help(std::string_view name);

} // namespace rrdflow

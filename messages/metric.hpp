#pragma once

#include <string>
#include <utility>
#include <vector>

namespace rrdflow {

/// One number of an actor's answer to `stats`. The doors add up metrics of the
/// same name and labels; of those whose name starts with "oldest_" or
/// "rule_last_" they keep the largest.
struct metric {
  /// Without the prefix "rrdflow_", e.g. "rows_written_total".
  std::string name;

  /// Label name and value, at most one; empty: none. A second label is written
  /// into `more`, e.g. {"rule", "plant"} and {"reason", "future"}.
  std::pair<std::string, std::string> label;
  std::pair<std::string, std::string> more;

  double value = 0;
};

using metrics = std::vector<metric>;

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, metric& x) {
  return f(x.name, x.label, x.more, x.value);
}

} // namespace rrdflow

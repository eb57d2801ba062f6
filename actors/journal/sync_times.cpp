#include "actors/journal/sync_times.hpp"

#include <algorithm>
#include <cstdio>

namespace rrdflow {

void sync_times::add(double seconds) {
  auto i = std::lower_bound(bounds.begin(), bounds.end(), seconds);
  ++counts_[static_cast<size_t>(i - bounds.begin())];
  sum_ += seconds;
}

void sync_times::collect(metrics& xs) const {
  uint64_t total = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    total += counts_[i];
    char bound[16] = "+Inf";
    if (i < bounds.size())
      std::snprintf(bound, sizeof(bound), "%g", bounds[i]);
    xs.push_back({"journal_sync_seconds_bucket",
                  {"le", bound},
                  {},
                  static_cast<double>(total)});
  }
  xs.push_back({"journal_sync_seconds_sum", {}, {}, sum_});
  xs.push_back(
    {"journal_sync_seconds_count", {}, {}, static_cast<double>(total)});
}

} // namespace rrdflow

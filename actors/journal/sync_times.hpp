#pragma once

#include "messages/metric.hpp"

#include <array>
#include <cstdint>

namespace rrdflow {

/// How long syncs took: the histogram journal_sync_seconds.
class sync_times {
public:
  void add(double seconds);

  /// Appends buckets (cumulative), sum and count.
  void collect(metrics& xs) const;

private:
  static constexpr std::array<double, 7> bounds{0.001, 0.003, 0.01, 0.03,
                                                0.1,   0.3,   1};

  /// Per bound and above all bounds.
  std::array<uint64_t, 8> counts_{};
  double sum_ = 0;
};

} // namespace rrdflow

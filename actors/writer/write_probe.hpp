#pragma once

#include "messages/metric.hpp"

#include <array>
#include <cstdint>

namespace rrdflow {

/// Counts what a writer does.
class write_probe {
public:
  /// An update of a file took so many seconds.
  void updated(double seconds);

  /// An update that only librrd can make.
  void left_to_librrd() {
    ++by_librrd_;
  }

  void created() {
    ++created_;
  }

  /// Rows that their file had or was too new for.
  void past(uint64_t rows) {
    past_ += rows;
  }

  void quarantined() {
    ++quarantined_;
  }

  /// Adds the metrics to `to`.
  void report(metrics& to, uint64_t undo_records) const;

private:
  static constexpr std::array<double, 12> bounds_
    = {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025,
       0.005,   0.01,   0.05,    0.1,    0.5,   1};

  std::array<uint64_t, bounds_.size() + 1> buckets_{};
  double seconds_ = 0;
  uint64_t by_librrd_ = 0;
  uint64_t created_ = 0;
  uint64_t past_ = 0;
  uint64_t quarantined_ = 0;
};

} // namespace rrdflow

#pragma once

#include <algorithm>
#include <chrono>

namespace rrdflow {

/// Lets so many things a second pass, and up to one second's worth at once.
class write_rate {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// @param per_second 0: everything passes
  write_rate(double per_second, time_point now)
    : per_second_{per_second}, tokens_{most()}, last_{now} {
    // nop
  }

  /// Whether one more may pass now; if so, it is counted.
  bool take(time_point now) {
    if (per_second_ <= 0)
      return true;
    auto passed = std::chrono::duration<double>(now - last_).count();
    last_ = now;
    tokens_ = std::min(most(), tokens_ + std::max(passed, 0.0) * per_second_);
    if (tokens_ < 1)
      return false;
    tokens_ -= 1;
    return true;
  }

private:
  double most() const {
    return std::max(per_second_, 1.0);
  }

  double per_second_;
  double tokens_;
  time_point last_;
};

} // namespace rrdflow

#pragma once

#include <algorithm>
#include <chrono>

namespace rrdflow {

/// How long to wait before the next restart: at once the first time, then 1, 2,
/// 4 ... up to 30 seconds; at once again after a minute without a failure. Time
/// is handed in.
class backoff {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  /// Counts a failure and returns the delay before the next try.
  duration failed(time_point now) {
    using namespace std::chrono_literals;
    if (now - last_ > 60s)
      next_ = 0s;
    last_ = now + next_;
    auto result = next_;
    next_ = std::clamp<duration>(next_ * 2, 1s, 30s);
    return result;
  }

private:
  time_point last_{std::chrono::hours{-24}};
  duration next_{0};
};

} // namespace rrdflow

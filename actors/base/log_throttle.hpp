#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

namespace rrdflow {

/// Bounds the log lines of one kind: at most `lines` in each interval, of any
/// monotonic clock. What is held back is counted. Not thread-safe.
class log_throttle {
public:
  explicit log_throttle(std::chrono::nanoseconds interval
                        = std::chrono::seconds{10},
                        uint32_t lines = 1)
    : interval_{interval}, lines_{lines} {
    // nop
  }

  /// Whether a line may be written now.
  template <class Clock, class Duration>
  bool admit(std::chrono::time_point<Clock, Duration> now) {
    return admit(std::chrono::nanoseconds{now.time_since_epoch()});
  }

  bool admit(std::chrono::nanoseconds now) {
    if (!begun_ || now - start_ >= interval_) {
      begun_ = true;
      start_ = now;
      written_ = 0;
    }
    if (written_ < lines_) {
      ++written_;
      return true;
    }
    ++held_;
    return false;
  }

  /// How many lines were held back since the last call.
  uint64_t take_held() noexcept {
    return std::exchange(held_, 0);
  }

private:
  std::chrono::nanoseconds interval_;
  uint32_t lines_;
  bool begun_ = false;
  std::chrono::nanoseconds start_{0};
  uint32_t written_ = 0;
  uint64_t held_ = 0;
};

} // namespace rrdflow

#pragma once

#include "messages/sample.hpp"

#include <atomic>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>

namespace rrdflow {

/// How far the DECODER is, to find the record over which an actor ended.
/// Thread-safe; outlives the flow.
class decode_progress {
public:
  static constexpr position none = std::numeric_limits<position>::max();

  /// A flow begins at `at`.
  void begin(position at) noexcept {
    answered = at;
    read = at;
    at_hand_ = none;
  }

  /// The record at `at` is applied from here on, and no other.
  void take(position at, std::string_view topic) {
    std::lock_guard guard{mutex_};
    at_hand_ = at;
    topic_ = topic;
  }

  /// No record is applied alone.
  void put_down() noexcept {
    at_hand_ = none;
  }

  /// Where the record is that is applied alone, or `none`.
  position at_hand() const noexcept {
    return at_hand_;
  }

  /// The topic of the record that was at hand last; empty for a request.
  std::string topic() const {
    std::lock_guard guard{mutex_};
    return topic_;
  }

  /// Every shard has answered for what comes before.
  std::atomic<position> answered{0};

  /// No record at or behind was read.
  std::atomic<position> read{0};

private:
  std::atomic<position> at_hand_{none};
  mutable std::mutex mutex_;
  std::string topic_;
};

} // namespace rrdflow

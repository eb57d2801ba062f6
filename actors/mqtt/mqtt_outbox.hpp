#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

namespace rrdflow {

/// What waits to be published, bounded, and the books about it. Not
/// synchronized.
class mqtt_outbox {
public:
  using message = std::pair<std::string, std::string>;

  static constexpr size_t max_messages = 2000;

  /// Bytes of topics and payloads, unless it is a single message.
  static constexpr size_t max_size = 8 << 20;

  bool empty() const {
    return waiting_.empty();
  }

  /// Drops and counts what is too much.
  void put(std::string topic, std::string payload) {
    auto size = topic.size() + payload.size();
    if (waiting_.size() >= max_messages
        || (!empty() && size_ + size > max_size)) {
      ++dropped_;
      return;
    }
    size_ += size;
    waiting_.emplace_back(std::move(topic), std::move(payload));
  }

  /// @pre `!empty()`
  message take() {
    auto result = std::move(waiting_.front());
    waiting_.pop_front();
    size_ -= result.first.size() + result.second.size();
    return result;
  }

  /// Puts back what was taken last.
  void put_back(message x) {
    size_ += x.first.size() + x.second.size();
    waiting_.push_front(std::move(x));
  }

  void done() {
    ++published_;
  }

  void drop(uint64_t n = 1) {
    dropped_ += n;
  }

  void drop_all() {
    drop(waiting_.size());
    waiting_.clear();
    size_ = 0;
  }

  uint64_t published() const {
    return published_;
  }

  uint64_t dropped() const {
    return dropped_;
  }

private:
  std::deque<message> waiting_;
  size_t size_ = 0;
  uint64_t published_ = 0;
  uint64_t dropped_ = 0;
};

} // namespace rrdflow

#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// A message for JANITOO_NODE.
struct node_message {
  std::string topic;
  std::string payload;
};

/// What leads from MQTT_SOURCE to JANITOO_NODE: a bounded queue of messages,
/// past the journal, and the state of the connection.
///
/// All members may be called from any thread; none blocks.
class node_queue {
public:
  static constexpr size_t max_messages = 1000;

  /// Bytes of all topics and payloads that wait, of one topic, and of one
  /// payload. A request has a few hundred.
  static constexpr size_t max_waiting = 4 << 20;
  static constexpr size_t max_topic = 256;
  static constexpr size_t max_payload = 64 << 10;

  // -- the side of MQTT_SOURCE ------------------------------------------------

  /// Drops and counts what is too large or too much.
  void offer(std::string_view topic, std::string_view payload) noexcept;

  /// Counts a message that the broker had retained: its sender no longer waits
  /// for an answer.
  void pass_over() noexcept {
    ++retained_;
  }

  /// The broker has answered for all filters, or the connection is gone.
  void link(bool up);

  // -- the side of JANITOO_NODE -----------------------------------------------

  /// Has `wake` called when there is something new, once until the next `take`.
  /// It runs in the thread that offers.
  void wake_with(std::function<void()> wake);

  /// At most `n` messages, the oldest first; asks to be woken again if others
  /// are left.
  std::vector<node_message> take(size_t n = max_messages);

  bool up() const noexcept {
    return up_;
  }

  /// How often the connection came up.
  uint64_t connections() const noexcept {
    return connections_;
  }

  uint64_t too_large() const noexcept {
    return too_large_;
  }

  uint64_t too_many() const noexcept {
    return too_many_;
  }

  uint64_t retained() const noexcept {
    return retained_;
  }

private:
  void wake();

  std::mutex mutex_;
  std::deque<node_message> waiting_;
  size_t bytes_ = 0;
  bool woken_ = false;
  std::function<void()> wake_;
  std::atomic<bool> up_{false};
  std::atomic<uint64_t> connections_{0};
  std::atomic<uint64_t> too_large_{0};
  std::atomic<uint64_t> too_many_{0};
  std::atomic<uint64_t> retained_{0};
};

} // namespace rrdflow

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace rrdflow {

/// Writes lines to a descriptor that others may share, so that nobody who has
/// something to say waits for its reader. A line that finds the queue full, or
/// that cannot be written, is dropped; how many were is said in their place.
///
/// *Concurrency*: any thread. A thread of its own, which starts with the first
/// line and has all signals blocked, writes; it may hang in write(2) for ever,
/// and ends with the process.
class log_writer {
public:
  /// Makes the line that says how many were dropped. Called by the writer's
  /// thread only.
  using notice = std::function<std::string(uint64_t lines)>;

  /// @param fd Stays open and as it is: one that does not block is waited for.
  /// @param capacity Bytes that wait at most; as many may be under way.
  log_writer(int fd, size_t capacity, notice say);

  log_writer(const log_writer&) = delete;
  log_writer& operator=(const log_writer&) = delete;

  /// Drops what still waits: `drain` comes first. Never blocks.
  ~log_writer();

  /// Queues a line with its line feed. Never blocks on the descriptor.
  void push(std::string_view line);

  /// Counts a line that could not even be made.
  void drop();

  /// Waits until every line before has been written or dropped.
  /// @returns whether that was so within the time
  bool drain(std::chrono::milliseconds timeout);

  /// Lines dropped so far.
  uint64_t dropped() const noexcept;

private:
  struct state;

  std::shared_ptr<state> state_;
};

} // namespace rrdflow

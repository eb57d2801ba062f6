#pragma once

#include "actors/base/metrics.hpp"

#include <caf/error.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>

namespace rrdflow {

/// Why no message is taken.
enum class stall_reason : uint8_t {
  none,
  /// journal.max_size is reached.
  journal_full,
  /// A new segment would leave less than limits.disk_reserve, or none is left.
  disk_reserve,
  /// The clock is behind the last arrival.
  clock,
  /// A file could not be made, or a sync failed.
  io,
};

constexpr size_t stall_reasons = 5;

/// The metrics' label, e.g. "journal_full".
/// @relates stall_reason
const char* to_string(stall_reason x);

/// Why messages stall when a segment cannot be made.
/// @relates stall_reason
stall_reason stall_of(const caf::error& x);

/// Whether the journal takes messages, and why not.
///
/// Concurrency: under the lock of journal_writer, except `reason`.
class stall_state {
public:
  explicit stall_state(metric_registry* registry);

  /// Any thread, without the lock.
  stall_reason reason() const noexcept {
    return reason_.load();
  }

  /// What could not be made or synced when it was last tried; none if a limit
  /// or the clock is the reason.
  const caf::error& failure() const noexcept {
    return failure_;
  }

  /// A segment could not be made, or could: messages need not stall for that.
  void note(caf::error failure) {
    failure_ = std::move(failure);
  }

  /// Messages stall from now on, or for another reason.
  void begin(stall_reason x);

  /// Messages are taken again.
  void end();

  /// Waits for the end of a stall; false if `timeout` is over.
  bool
  wait(std::unique_lock<std::mutex>& held, std::chrono::milliseconds timeout);

private:
  std::atomic<stall_reason> reason_{stall_reason::none};
  caf::error failure_;
  std::condition_variable ended_;
  enum_counters<stall_reason, stall_reasons, 1> stalls_;

  /// By reason.
  std::deque<computed_metric> stalled_;
};

} // namespace rrdflow

#pragma once

#include <cstdint>
#include <functional>

namespace rrdflow {

/// Where time comes from; nanoseconds, thread-safe.
struct clock_sources {
  /// Since the epoch; may step.
  std::function<int64_t()> wall;

  /// Since some fixed moment; goes on while the machine sleeps, never steps.
  std::function<int64_t()> boot;

  /// Only to show what `arrival_clock` is good for: it says what `wall` does.
  bool as_it_is = false;

  /// CLOCK_REALTIME and CLOCK_BOOTTIME.
  static clock_sources system();
};

/// Stamps arrivals. Starts from the wall clock and follows it forward; when the
/// wall clock steps back, time goes on by the boot clock.
///
/// Concurrency: none; the journal calls it under its append lock.
/// Limitations: time that once ran ahead stays ahead until the next start.
class arrival_clock {
public:
  /// `floor`: no arrival may precede it, e.g. the last one in the journal.
  arrival_clock(clock_sources sources, int64_t floor);

  /// Whether the wall clock has been more than a second behind `floor` since
  /// the start: nothing may arrive until it has caught up.
  bool behind();

  /// Nanoseconds since the epoch; never decreases, never before the floor.
  int64_t now();

  /// What `now` said last, at first the floor.
  int64_t last() const noexcept {
    return last_;
  }

private:
  clock_sources sources_;
  int64_t last_;
  int64_t offset_;
  bool behind_;
};

} // namespace rrdflow

#pragma once

#include "config/config.hpp"

#include <atomic>
#include <cstdint>

namespace rrdflow {

/// The values of the configuration that change while the service runs, for the
/// flows that start from now on. Any thread.
struct reloadable_settings {
  /// Milliseconds.
  std::atomic<int64_t> snapshot_every{60000};

  /// Seconds.
  std::atomic<int64_t> reaper_after{86400};

  void take(const config& x) {
    snapshot_every = x.snapshot.every.count();
    reaper_after = x.reaper.after.count();
  }
};

} // namespace rrdflow

#pragma once

#include <chrono>
#include <cstdint>

namespace rrdflow {

/// When the journal is synced.
enum class sync_policy : uint8_t { interval, always, never };

/// `[journal]`.
struct journal_config {
  uint64_t segment_size = 64ull << 20;
  sync_policy sync = sync_policy::interval;

  /// Between two syncs, with sync_policy::interval.
  std::chrono::milliseconds sync_interval{200};

  /// Bytes; intake stalls above.
  uint64_t max_size = 8ull << 30;
};

} // namespace rrdflow

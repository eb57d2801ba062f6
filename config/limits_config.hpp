#pragma once

#include <chrono>
#include <cstdint>

namespace rrdflow {

/// `[limits]`.
struct limits_config {
  uint64_t series = 1000000;

  /// Bytes.
  uint64_t payload = 64ull << 10;

  std::chrono::seconds future{60};
  std::chrono::seconds past{7 * 86400};

  /// Bytes.
  uint64_t disk_reserve = 1ull << 30;
};

} // namespace rrdflow

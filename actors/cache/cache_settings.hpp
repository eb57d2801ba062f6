#pragma once

#include "actors/base/metrics.hpp"

#include <chrono>
#include <cstdint>

namespace rrdflow {

/// What a CACHE_SHARD must know of its surroundings.
struct cache_settings {
  /// Which of how many shards it is. A file belongs to the shard that its
  /// path's key, modulo their number, says.
  uint32_t index = 0;
  uint32_t shard_count = 1;

  /// From the arrival of the first reading that waits until a file is due, and
  /// the bound of what a hash of the path adds.
  std::chrono::seconds flush_after{3600};
  std::chrono::seconds flush_jitter{300};

  /// Bytes of this shard: above it unsealed rows are sealed early; credit is
  /// withheld while more of sealed rows are not confirmed.
  uint64_t memory = 1ull << 30;

  /// May be null.
  metric_registry* metrics = nullptr;
};

} // namespace rrdflow

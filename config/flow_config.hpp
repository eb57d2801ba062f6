#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace rrdflow {

/// `[store]`.
struct store_config {
  std::string directory = "/var/lib/rrdflow";
};

/// `[cache]`.
struct cache_config {
  /// 0: one per core.
  unsigned shards = 0;

  std::chrono::seconds flush_after{3600};
  std::chrono::seconds flush_jitter{300};

  /// Bytes; above it the oldest rows are sealed early.
  uint64_t memory = 1ull << 30;

  bool flush_on_stop = false;
};

/// `[snapshot]`.
struct snapshot_config {
  std::chrono::milliseconds every{60000};
};

/// `[reaper]`.
struct reaper_config {
  std::chrono::seconds after{86400};
};

/// `[writer]`.
struct writer_config {
  /// 0: no limit.
  double max_files_per_second = 0;

  double creates_per_second = 100;
};

} // namespace rrdflow

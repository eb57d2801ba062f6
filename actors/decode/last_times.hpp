#pragma once

#include <tsl/robin_map.h>

#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

namespace rrdflow {

/// The time of the newest reading of each series, for retained messages that
/// are taken if newer. Series are known by a hash of their name.
class last_times {
public:
  static constexpr uint32_t none = 0xffffffff;
  static constexpr int64_t never = std::numeric_limits<int64_t>::min();

  static uint64_t key(std::string_view series) noexcept;

  /// The index of a series, or `none`.
  uint32_t find(uint64_t key) const;

  /// The index of a series, a new one if needed.
  uint32_t add(uint64_t key);

  /// Nanoseconds since the epoch.
  int64_t at(uint32_t index) const noexcept {
    return times_[index].second;
  }

  void note(uint32_t index, int64_t time) noexcept {
    auto& x = times_[index].second;
    if (time > x)
      x = time;
  }

  const std::vector<std::pair<uint64_t, int64_t>>& all() const noexcept {
    return times_;
  }

private:
  std::vector<std::pair<uint64_t, int64_t>> times_;
  tsl::robin_map<uint64_t, uint32_t> indexes_;
};

} // namespace rrdflow

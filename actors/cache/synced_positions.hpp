#pragma once

#include "messages/sample.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>

namespace rrdflow {

/// Numbers those positions of the journal at which rows were sealed, and knows
/// which of them are safe on disk. A file has 4 bytes instead of 8.
///
/// Limitations: 2^32 positions, one a second at most.
class synced_positions {
public:
  /// The number of a position.
  /// @pre positions never decrease
  uint32_t number(position at) {
    if (at <= synced_)
      return 0;
    if (waiting_.empty() || waiting_.back().first != at)
      waiting_.emplace_back(at, ++last_);
    return last_;
  }

  /// The journal is safe up to `x`.
  void synced(position x) {
    synced_ = std::max(synced_, x);
    for (; !waiting_.empty() && waiting_.front().first <= synced_;
         waiting_.pop_front())
      safe_ = waiting_.front().second;
  }

  bool is_synced(uint32_t number) const noexcept {
    return number <= safe_;
  }

private:
  position synced_ = 0;
  std::deque<std::pair<position, uint32_t>> waiting_;
  uint32_t last_ = 0;
  uint32_t safe_ = 0;
};

} // namespace rrdflow

#pragma once

#include "actors/cache/file_table.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace rrdflow {

/// When which file has something to seal, the earliest first; at the same
/// second the file with the lowest id. Entries are never taken back: one that
/// differs from its file's `event` is void.
class event_queue {
public:
  bool empty() const noexcept {
    return heap_.empty();
  }

  size_t size() const noexcept {
    return heap_.size();
  }

  /// The second of the first entry.
  second32 next() const noexcept {
    return static_cast<second32>(heap_.front() >> 32);
  }

  void push(second32 at, file_id file) {
    heap_.push_back(uint64_t{at} << 32 | file);
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>{});
  }

  /// Removes the first entry.
  file_id pop() {
    auto result = static_cast<file_id>(heap_.front());
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>{});
    heap_.pop_back();
    shrink();
    return result;
  }

  /// Keeps the entries for which `f(second, file)` holds.
  template <class F>
  void keep_if(F f) {
    auto gone = [&](uint64_t x) {
      return !f(static_cast<second32>(x >> 32), static_cast<file_id>(x));
    };
    heap_.erase(std::remove_if(heap_.begin(), heap_.end(), gone), heap_.end());
    std::make_heap(heap_.begin(), heap_.end(), std::greater<>{});
    shrink();
  }

private:
  /// After a million files were due the memory goes back.
  void shrink() {
    if (heap_.capacity() > 4 * heap_.size() + 4096)
      heap_.shrink_to_fit();
  }

  std::vector<uint64_t> heap_;
};

} // namespace rrdflow

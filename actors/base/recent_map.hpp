#pragma once

#include <tsl/robin_map.h>

#include <cstddef>
#include <cstdint>
#include <list>

namespace rrdflow {

/// Values by hash, as many as fit: a new one takes the place of that which was
/// not touched for the longest time.
///
/// Concurrency: none. References stay valid until their value is dropped.
template <class T>
class recent_map {
public:
  struct entry {
    uint64_t hash = 0;
    T value;
  };

  /// @param capacity more than 0
  explicit recent_map(size_t capacity) : capacity_{capacity} {
    // nop
  }

  recent_map(recent_map&&) noexcept = default;
  recent_map& operator=(recent_map&&) noexcept = default;

  /// The value of this hash, a fresh one if there is none; now the newest.
  T& touch(uint64_t hash) {
    if (auto i = places_.find(hash); i != places_.end()) {
      entries_.splice(entries_.begin(), entries_, i->second);
    } else {
      if (entries_.size() == capacity_)
        drop_oldest();
      entries_.push_front({hash, {}});
      places_[hash] = entries_.begin();
    }
    return entries_.front().value;
  }

  /// Null if there is none.
  const T* find(uint64_t hash) const {
    auto i = places_.find(hash);
    return i == places_.end() ? nullptr : &i->second->value;
  }

  void erase(uint64_t hash) {
    auto i = places_.find(hash);
    if (i == places_.end())
      return;
    entries_.erase(i->second);
    places_.erase(i);
  }

  /// @pre it is not empty
  void drop_oldest() {
    places_.erase(entries_.back().hash);
    entries_.pop_back();
  }

  /// @pre it is not empty
  const T& oldest() const noexcept {
    return entries_.back().value;
  }

  size_t size() const noexcept {
    return entries_.size();
  }

  /// The newest first.
  auto begin() const noexcept {
    return entries_.begin();
  }

  auto end() const noexcept {
    return entries_.end();
  }

private:
  using list = std::list<entry>;

  size_t capacity_;
  list entries_;
  tsl::robin_map<uint64_t, typename list::iterator> places_;
};

} // namespace rrdflow

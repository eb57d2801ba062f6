#pragma once

#include "actors/base/file_names.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace rrdflow {

/// Finds files by the keys of their paths: a hash table of 5 to 7 bytes a file,
/// which asks the names for what it does not keep. Open addressing, linear
/// probing.
///
/// Concurrency: one thread.
class path_index {
public:
  explicit path_index(const file_names& names) : names_{&names} {
    // nop
  }

  std::optional<file_id> find(uint64_t key) const noexcept;

  /// @pre no file with the same key is in it
  void insert(file_id id);

  /// Does nothing if it is not in it.
  void erase(file_id id) noexcept;

  size_t size() const noexcept {
    return size_;
  }

private:
  // A place has an id, and above it some bits of the key: few of the names that
  // are looked at are others.

  static constexpr unsigned id_bits = 26;
  static constexpr uint32_t id_mask = (1u << id_bits) - 1;
  static constexpr uint32_t free = 0xffffffff;

  static uint32_t entry(uint64_t key, file_id id) noexcept {
    return static_cast<uint32_t>(key) << id_bits | id;
  }

  /// Where the search for a key begins.
  size_t home(uint64_t key) const noexcept;

  size_t behind(size_t place) const noexcept {
    return place + 1 == places_.size() ? 0 : place + 1;
  }

  void put(uint64_t key, file_id id) noexcept;
  void grow();

  const file_names* names_;
  std::vector<uint32_t> places_;
  size_t size_ = 0;
};

} // namespace rrdflow

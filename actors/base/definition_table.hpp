#pragma once

#include "config/file_definition.hpp"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace rrdflow {

/// The definitions of files, numbered: a file has 4 bytes instead of
/// a pointer that counts.
class definition_table {
public:
  /// The number of `x`, which one more file uses.
  uint32_t obtain(const definition_ptr& x);

  /// One file less uses it; an unused one is forgotten, and its number
  /// given to another.
  void release(uint32_t number);

  const definition_ptr& at(uint32_t number) const noexcept {
    return entries_[number].definition;
  }

  /// How many are in use.
  size_t size() const noexcept {
    return numbers_.size();
  }

private:
  struct entry {
    definition_ptr definition;
    uint32_t files = 0;
  };

  std::vector<entry> entries_;
  std::vector<uint32_t> free_;
  std::unordered_map<const file_definition*, uint32_t> numbers_;
};

} // namespace rrdflow

#pragma once

#include "actors/base/definition_table.hpp"
#include "messages/sample.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace rrdflow {

/// What the shards know of each file: its definition.
class bound_files {
public:
  /// @returns whether the shard knew another definition, or none
  bool bind(file_id file, const definition_ptr& definition) {
    if (file >= numbers_.size())
      numbers_.resize(std::max<size_t>(file + size_t{1}, numbers_.size() * 2),
                      unbound);
    auto& number = numbers_[file];
    if (number != unbound && definitions_.at(number) == definition)
      return false;
    release(std::exchange(number, definitions_.obtain(definition)));
    return true;
  }

  void forget(file_id file) {
    if (file < numbers_.size())
      release(std::exchange(numbers_[file], unbound));
  }

private:
  static constexpr uint32_t unbound = 0xffffffff;

  void release(uint32_t number) {
    if (number != unbound)
      definitions_.release(number);
  }

  definition_table definitions_;

  /// By file_id: these are dense.
  std::vector<uint32_t> numbers_;
};

} // namespace rrdflow

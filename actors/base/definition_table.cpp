#include "actors/base/definition_table.hpp"

namespace rrdflow {

uint32_t definition_table::obtain(const definition_ptr& x) {
  auto [i, added] = numbers_.try_emplace(x.get(), 0);
  if (added) {
    if (free_.empty()) {
      free_.push_back(static_cast<uint32_t>(entries_.size()));
      entries_.emplace_back();
    }
    i->second = free_.back();
    free_.pop_back();
    entries_[i->second].definition = x;
  }
  ++entries_[i->second].files;
  return i->second;
}

void definition_table::release(uint32_t number) {
  auto& x = entries_[number];
  if (--x.files > 0)
    return;
  numbers_.erase(x.definition.get());
  x.definition = nullptr;
  free_.push_back(number);
}

} // namespace rrdflow

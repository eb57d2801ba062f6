#include "actors/decode/last_times.hpp"

#include <xxhash.h>

namespace rrdflow {

uint64_t last_times::key(std::string_view series) noexcept {
  return XXH3_64bits(series.data(), series.size());
}

uint32_t last_times::find(uint64_t key) const {
  auto i = indexes_.find(key);
  return i == indexes_.end() ? none : i->second;
}

uint32_t last_times::add(uint64_t key) {
  auto next = static_cast<uint32_t>(times_.size());
  auto [i, added] = indexes_.insert({key, next});
  if (added)
    times_.emplace_back(key, never);
  return i->second;
}

} // namespace rrdflow

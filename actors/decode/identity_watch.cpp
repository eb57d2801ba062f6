#include "actors/decode/identity_watch.hpp"

#include <utility>

namespace rrdflow {

bool identity_watch::note(uint64_t place, uint32_t value) {
  auto i = places_.find(place);
  if (i == places_.end()) {
    if (places_.size() < max_places)
      places_.insert({place, {value, value, false}});
    return false;
  }
  auto& x = i.value();
  if (x.told)
    return false;
  auto before = std::exchange(x.last, value);
  x.told = value == x.first && before != value;
  return x.told;
}

} // namespace rrdflow

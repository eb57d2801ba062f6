#include "actors/catalog/path_index.hpp"

#include <stdexcept>
#include <utility>

namespace rrdflow {

std::optional<file_id> path_index::find(uint64_t key) const noexcept {
  if (size_ == 0)
    return std::nullopt;
  for (auto i = home(key); places_[i] != free; i = behind(i)) {
    auto id = places_[i] & id_mask;
    if (places_[i] == entry(key, id) && names_->key(id) == key)
      return id;
  }
  return std::nullopt;
}

void path_index::insert(file_id id) {
  // The last id would look like a free place.
  if (id >= id_mask)
    throw std::length_error{"too many files"};
  // Full by four fifths: a search that finds nothing looks at 13 places.
  if (5 * (size_ + 1) > 4 * places_.size())
    grow();
  put(names_->key(id), id);
  ++size_;
}

void path_index::erase(file_id id) noexcept {
  if (size_ == 0)
    return;
  auto hole = home(names_->key(id));
  while (places_[hole] != free && (places_[hole] & id_mask) != id)
    hole = behind(hole);
  if (places_[hole] == free)
    return;
  --size_;
  // What follows moves up, unless its search begins behind the hole.
  for (auto i = behind(hole); places_[i] != free; i = behind(i)) {
    auto begin = home(names_->key(places_[i] & id_mask));
    auto reaches
      = hole < i ? begin <= hole || begin > i : begin <= hole && begin > i;
    if (reaches)
      places_[std::exchange(hole, i)] = places_[i];
  }
  places_[hole] = free;
}

size_t path_index::home(uint64_t key) const noexcept {
  __extension__ using wide = unsigned __int128;
  return static_cast<size_t>(static_cast<wide>(key) * places_.size() >> 64);
}

void path_index::put(uint64_t key, file_id id) noexcept {
  auto i = home(key);
  while (places_[i] != free)
    i = behind(i);
  places_[i] = entry(key, id);
}

void path_index::grow() {
  auto before = std::move(places_);
  places_.assign(before.size() * 5 / 4 + 16, free);
  for (auto x : before)
    if (x != free)
      put(names_->key(x & id_mask), x & id_mask);
}

} // namespace rrdflow

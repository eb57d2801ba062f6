#include "actors/base/file_names.hpp"

#include <xxhash.h>

#include <cstring>
#include <limits>
#include <stdexcept>

namespace rrdflow {

file_names::~file_names() {
  for (auto& x : chunks_)
    delete x.load();
  for (auto& x : blocks_)
    delete[] x.load();
}

file_id file_names::add(std::string_view path) {
  uint16_t size = 0;
  auto id = size_.load(std::memory_order_relaxed);
  if (path.size() > std::numeric_limits<decltype(size)>::max()
      || id / chunk_size >= chunks_.size())
    throw std::length_error{"too many names"};
  auto& slot = chunks_[id / chunk_size];
  if (slot.load(std::memory_order_relaxed) == nullptr)
    slot.store(new chunk, std::memory_order_release);
  size = static_cast<uint16_t>(path.size());
  auto entry = take_units((sizeof(size) + path.size() + unit - 1) / unit);
  std::memcpy(at(entry), &size, sizeof(size));
  std::memcpy(at(entry) + sizeof(size), path.data(), path.size());
  (*slot.load(std::memory_order_relaxed))[id % chunk_size] = entry;
  size_.store(id + 1, std::memory_order_release);
  return id;
}

uint32_t file_names::take_units(size_t n) {
  auto end = (next_ + block_units - 1) / block_units * block_units;
  if (next_ + n > end) {
    auto block = end / block_units;
    if (block >= blocks_.size())
      throw std::length_error{"too long names"};
    // What is not used takes no memory.
    blocks_[block].store(new char[block_units * unit],
                         std::memory_order_release);
    next_ = end;
  }
  auto result = next_;
  next_ += n;
  return static_cast<uint32_t>(result);
}

std::string_view file_names::path(file_id id) const noexcept {
  auto* x = chunks_[id / chunk_size].load(std::memory_order_acquire);
  auto* name = at((*x)[id % chunk_size]);
  uint16_t size = 0;
  std::memcpy(&size, name, sizeof(size));
  return {name + sizeof(size), size};
}

uint64_t file_names::key(file_id id) const noexcept {
  return path_key(path(id));
}

file_id file_names::size() const noexcept {
  return size_.load(std::memory_order_acquire);
}

uint64_t path_key(std::string_view path) noexcept {
  return XXH3_64bits(path.data(), path.size());
}

} // namespace rrdflow

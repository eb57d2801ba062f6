#include "messages/name_table.hpp"

#include <xxhash.h>

#include <algorithm>
#include <cstring>

namespace rrdflow {

namespace {

constexpr size_t block_size = 1 << 20;

} // namespace

name_table::~name_table() {
  for (auto& x : chunks_)
    delete x.load();
}

file_id name_table::add(std::string_view path) {
  auto id = size_.load(std::memory_order_relaxed);
  auto& slot = chunks_.at(id / chunk_size);
  if (slot.load(std::memory_order_relaxed) == nullptr)
    slot.store(new chunk, std::memory_order_release);
  if (path.size() > block_left_) {
    block_left_ = std::max(block_size, path.size());
    blocks_.push_back(std::make_unique<char[]>(block_left_));
    block_at_ = blocks_.back().get();
  }
  std::memcpy(block_at_, path.data(), path.size());
  (*slot.load(std::memory_order_relaxed))[id % chunk_size]
    = {block_at_, static_cast<uint32_t>(path.size())};
  block_at_ += path.size();
  block_left_ -= path.size();
  size_.store(id + 1, std::memory_order_release);
  return id;
}

std::string_view name_table::path(file_id id) const noexcept {
  auto* x = chunks_[id / chunk_size].load(std::memory_order_acquire);
  auto& e = (*x)[id % chunk_size];
  return {e.data, e.size};
}

uint64_t name_table::key(file_id id) const noexcept {
  return path_key(path(id));
}

file_id name_table::size() const noexcept {
  return size_.load(std::memory_order_acquire);
}

uint64_t path_key(std::string_view path) noexcept {
  return XXH3_64bits(path.data(), path.size());
}

} // namespace rrdflow

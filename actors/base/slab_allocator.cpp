#include "actors/base/slab_allocator.hpp"

#include "actors/base/mapped_memory.hpp"

#include <algorithm>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define RRDFLOW_PIECES_FROM_HEAP 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RRDFLOW_PIECES_FROM_HEAP 1
#endif
#endif

#ifdef RRDFLOW_PIECES_FROM_HEAP
#include <malloc.h>
#endif

namespace rrdflow {

namespace {

constexpr size_t region_slabs = 32;
constexpr size_t region_bytes = region_slabs * slab_allocator::slab_bytes;

constexpr bool from_heap(size_t bytes) noexcept {
#ifdef RRDFLOW_PIECES_FROM_HEAP
  // There, each piece is watched.
  return bytes != 0;
#else
  return bytes > slab_allocator::largest;
#endif
}

} // namespace

/// Lies at the beginning of its memory.
struct slab_allocator::slab {
  slab_allocator* owner;
  region* home;
  slab* previous;
  slab* next;

  /// Pieces that came back, linked by their first bytes.
  void* returned;

  uint32_t size;
  uint32_t live;

  /// Where the pieces begin that were never used.
  uint32_t fresh;

  bool full() const noexcept {
    return returned == nullptr && fresh + size > slab_bytes;
  }

  static slab* of(const void* piece) noexcept {
    auto at = reinterpret_cast<uintptr_t>(piece);
    return reinterpret_cast<slab*>(at / slab_bytes * slab_bytes);
  }
};

struct slab_allocator::region {
  mapped_memory memory;

  /// One bit for each slab.
  uint32_t free = 0xffffffff;
};

slab_allocator::slab_allocator() = default;

slab_allocator::~slab_allocator() = default;

void* slab_allocator::allocate(size_t bytes) {
  if (from_heap(bytes))
    return ::operator new(bytes);
  auto size = (bytes + unit - 1) / unit * unit;
  auto* x = partial_[size / unit];
  return take(x != nullptr ? *x : *make_slab(size));
}

void slab_allocator::release(void* piece, size_t bytes) noexcept {
  if (from_heap(bytes))
    return ::operator delete(piece);
  auto& x = *slab::of(piece);
  x.owner->give_back(x, piece);
}

size_t slab_allocator::bytes_at(const void* piece) noexcept {
#ifdef RRDFLOW_PIECES_FROM_HEAP
  return ::malloc_usable_size(const_cast<void*>(piece));
#else
  return slab::of(piece)->size;
#endif
}

void* slab_allocator::take(slab& x) noexcept {
  auto* result = x.returned;
  if (result != nullptr) {
    x.returned = *static_cast<void**>(result);
  } else {
    result = reinterpret_cast<std::byte*>(&x) + x.fresh;
    x.fresh += x.size;
  }
  ++x.live;
  if (x.full()) {
    // It is the first of the list.
    partial_[x.size / unit] = x.next;
    if (x.next != nullptr)
      x.next->previous = nullptr;
    x.next = nullptr;
  }
  return result;
}

void slab_allocator::give_back(slab& x, void* piece) noexcept {
  auto*& first = partial_[x.size / unit];
  if (x.full()) {
    x.previous = nullptr;
    x.next = first;
    if (first != nullptr)
      first->previous = &x;
    first = &x;
  }
  *static_cast<void**>(piece) = x.returned;
  x.returned = piece;
  if (--x.live > 0)
    return;
  if (x.previous != nullptr)
    x.previous->next = x.next;
  else
    first = x.next;
  if (x.next != nullptr)
    x.next->previous = x.previous;
  retire(x);
}

slab_allocator::slab* slab_allocator::make_slab(size_t size) {
  slab* result = nullptr;
  if (!spare_.empty()) {
    result = spare_.back();
    spare_.pop_back();
  } else {
    spare_.reserve(max_spare);
    result = take_free();
  }
  auto* home = result->home;
  constexpr auto begin = (sizeof(slab) + unit - 1) / unit * unit;
  *result = {this, home, nullptr, nullptr, nullptr, static_cast<uint32_t>(size),
             0,    begin};
  partial_[size / unit] = result;
  ++used_slabs_;
  return result;
}

slab_allocator::slab* slab_allocator::take_free() {
  auto i = std::find_if(regions_.begin(), regions_.end(),
                        [](auto& x) { return x->free != 0; });
  auto& home = i != regions_.end() ? **i : add_region();
  auto place = static_cast<size_t>(__builtin_ctz(home.free));
  home.free &= home.free - 1;
  auto* result
    = reinterpret_cast<slab*>(home.memory.data() + place * slab_bytes);
  result->home = &home;
  return result;
}

slab_allocator::region& slab_allocator::add_region() {
  regions_.push_back(
    std::unique_ptr<region>{new region{mapped_memory{region_bytes}}});
  return *regions_.back();
}

void slab_allocator::retire(slab& x) noexcept {
  --used_slabs_;
  if (spare_.size() < max_spare) {
    spare_.push_back(&x);
    return;
  }
  auto& home = *x.home;
  auto* begin = reinterpret_cast<std::byte*>(&x);
  home.free
    |= 1u << static_cast<size_t>(begin - home.memory.data()) / slab_bytes;
  if (home.free != 0xffffffff) {
    mapped_memory::forget(begin, slab_bytes);
    return;
  }
  regions_.erase(std::find_if(regions_.begin(), regions_.end(),
                              [&](auto& y) { return y.get() == &home; }));
}

} // namespace rrdflow

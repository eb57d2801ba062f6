#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace rrdflow {

/// Memory for things of which there are millions of a few sizes, and that come
/// and go together with others: a piece costs its bytes rounded up to `unit`
/// and nothing else. Pieces of one size lie together in slabs, 32 slabs in a
/// region that the system gave.
///
/// An empty slab goes back to the system (but `max_spare` of them), so that
/// what a flood took is given back, whatever the small remainder is.
///
/// Concurrency: one thread.
/// Limitations: a slab with one piece left stays.
class slab_allocator {
public:
  /// Pieces are multiples of it, and aligned to it.
  static constexpr size_t unit = 16;

  /// Larger pieces come from the heap.
  static constexpr size_t largest = 1024;

  static constexpr size_t slab_bytes = size_t{64} << 10;
  static constexpr size_t max_spare = 16;

  slab_allocator();
  slab_allocator(const slab_allocator&) = delete;
  slab_allocator& operator=(const slab_allocator&) = delete;

  /// @pre every piece was released
  ~slab_allocator();

  /// @throws std::bad_alloc
  void* allocate(size_t bytes);

  /// Gives back what any allocator's `allocate` gave out for `bytes`, or for another
  /// number of bytes on the same side of `largest`.
  static void release(void* piece, size_t bytes) noexcept;

  /// What is available at `piece`, which was allocated for at most `largest`.
  static size_t bytes_at(const void* piece) noexcept;

  /// What the slabs in use take, in bytes.
  size_t used_bytes() const noexcept {
    return used_slabs_ * slab_bytes;
  }

private:
  struct slab;
  struct region;

  slab* make_slab(size_t size);
  slab* take_free();
  region& add_region();
  void* take(slab& x) noexcept;
  void give_back(slab& x, void* piece) noexcept;
  void retire(slab& x) noexcept;

  /// Slabs with a free piece, by size in units.
  std::array<slab*, largest / unit + 1> partial_{};

  std::vector<std::unique_ptr<region>> regions_;

  /// Empty slabs that still have their memory.
  std::vector<slab*> spare_;

  size_t used_slabs_ = 0;
};

} // namespace rrdflow

#pragma once

#include <cstddef>

namespace rrdflow {

/// Memory from the system, zero, which takes none of it before it is used. It
/// begins at a multiple of its size, and goes back as a whole.
class mapped_memory {
public:
  // Huge pages were tried for a million files, and changed nothing that could
  // be measured.

  /// @pre `bytes` is a power of two
  /// @throws std::bad_alloc
  explicit mapped_memory(size_t bytes);

  mapped_memory(const mapped_memory&) = delete;
  mapped_memory& operator=(const mapped_memory&) = delete;
  ~mapped_memory();

  std::byte* data() const noexcept {
    return data_;
  }

  /// Gives back a part; it is zero if it is used again.
  static void forget(std::byte* begin, size_t bytes) noexcept;

private:
  std::byte* data_ = nullptr;
  size_t size_;
};

} // namespace rrdflow

#pragma once

#include <cstddef>

namespace rrdflow {

/// Memory from the system, zero, which takes none of it before it is used. It
/// begins at a multiple of its size's power of two, and goes back as a whole.
class mapped_memory {
public:
  /// What the processor can look up at once, where the system lets it.
  static constexpr size_t huge_page = size_t{2} << 20;

  /// @param huge Whether to ask for huge pages: worth it where much more than
  ///             the TLB reaches is read in no order.
  /// @pre `bytes` is a power of two
  /// @throws std::bad_alloc
  mapped_memory(size_t bytes, bool huge);

  mapped_memory(const mapped_memory&) = delete;
  mapped_memory& operator=(const mapped_memory&) = delete;
  ~mapped_memory();

  std::byte* data() const noexcept {
    return data_;
  }

  size_t size() const noexcept {
    return size_;
  }

  /// Gives back a part; it is zero if it is used again.
  static void forget(std::byte* begin, size_t bytes) noexcept;

private:
  std::byte* data_ = nullptr;
  size_t size_;
};

} // namespace rrdflow

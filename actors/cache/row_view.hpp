#pragma once

#include "messages/sample.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace rrdflow {

/// One cached row, somewhere in a `row_buffer`: 8 bytes for each value, 4 for
/// the `aux` of each source, of rows with several sources two bits for each,
/// and a last byte that is the buffer's. Nothing is aligned.
///
/// What `aux` means is up to the slot's sample (see sampling.hpp).
class row_view {
public:
  row_view(std::byte* data, uint32_t slot, uint16_t sources) noexcept
    : data_{data}, slot_{slot}, sources_{sources} {
    // nop
  }

  /// Bytes of one row.
  static constexpr size_t bytes(uint16_t sources) noexcept {
    return size_t{12} * sources + (sources == 1 ? 0 : 2 * flag_bytes(sources))
           + 1;
  }

  uint32_t slot() const noexcept {
    return slot_;
  }

  uint16_t sources() const noexcept {
    return sources_;
  }

  value_bits value(size_t i) const noexcept {
    return {load<uint64_t>(8 * i)};
  }

  void value(size_t i, value_bits x) noexcept {
    store(8 * i, x.bits);
  }

  uint32_t aux(size_t i) const noexcept {
    return load<uint32_t>(values() + 4 * i);
  }

  void aux(size_t i, uint32_t x) noexcept {
    store(values() + 4 * i, x);
  }

  /// Whether source `i` had a reading in this slot.
  bool has_reading(size_t i) const noexcept {
    return sources_ == 1 || flag(flags(), i);
  }

  void set_reading(size_t i) noexcept {
    if (sources_ != 1)
      set_flag(flags(), i);
  }

  /// Whether source `i` had no reading, but a value was found for it when the
  /// row was sealed.
  bool is_filled(size_t i) const noexcept {
    return sources_ != 1 && flag(flags() + flag_bytes(sources_), i);
  }

  void fill(size_t i, value_bits x) noexcept {
    value(i, x);
    set_flag(flags() + flag_bytes(sources_), i);
  }

  // What a snapshot has of a row: the values, the slot, each `aux`, the bits;
  // filled up to a multiple of 8.

  static constexpr size_t stored_bytes(uint16_t sources) noexcept {
    return (bytes(sources) + 3 + 7) / 8 * 8;
  }

  /// @pre `to` has room for `stored_bytes`
  void store_to(char* to) const noexcept {
    std::memset(to, 0, stored_bytes(sources_));
    std::memcpy(to, data_, values());
    std::memcpy(to + values(), &slot_, sizeof(slot_));
    std::memcpy(to + values() + 4, data_ + values(), rest());
  }

  static uint32_t stored_slot(const char* from, uint16_t sources) noexcept {
    uint32_t result;
    std::memcpy(&result, from + size_t{8} * sources, sizeof(result));
    return result;
  }

  /// Takes all but the slot.
  void load_from(const char* from) noexcept {
    std::memcpy(data_, from, values());
    std::memcpy(data_ + values(), from + values() + 4, rest());
  }

  /// Takes all but the slot.
  /// @pre `x` has as many sources
  void take(row_view x) noexcept {
    std::memcpy(data_, x.data_, bytes(sources_) - 1);
  }

  std::byte* data() const noexcept {
    return data_;
  }

private:
  static constexpr size_t flag_bytes(uint16_t sources) noexcept {
    return (size_t{sources} + 7) / 8;
  }

  /// Where the values end.
  size_t values() const noexcept {
    return size_t{8} * sources_;
  }

  size_t flags() const noexcept {
    return size_t{12} * sources_;
  }

  /// Bytes of all `aux` and of the bits.
  size_t rest() const noexcept {
    return bytes(sources_) - 1 - values();
  }

  template <class T>
  T load(size_t at) const noexcept {
    T result;
    std::memcpy(&result, data_ + at, sizeof(T));
    return result;
  }

  template <class T>
  void store(size_t at, T x) noexcept {
    std::memcpy(data_ + at, &x, sizeof(T));
  }

  bool flag(size_t at, size_t i) const noexcept {
    return (data_[at + i / 8] & (std::byte{1} << (i % 8))) != std::byte{0};
  }

  void set_flag(size_t at, size_t i) noexcept {
    data_[at + i / 8] |= std::byte{1} << (i % 8);
  }

  std::byte* data_;
  uint32_t slot_;
  uint16_t sources_;
};

static_assert(row_view::bytes(1) == 13, "what a million series can afford");
static_assert(row_view::stored_bytes(1) == 16);
static_assert(row_view::stored_bytes(2) == 32);
static_assert(row_view::stored_bytes(10) == 128);

} // namespace rrdflow

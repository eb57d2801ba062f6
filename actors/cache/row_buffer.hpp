#pragma once

#include "messages/sample.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace rrdflow {

/// One cached row, somewhere in a `row_buffer`: 8 bytes for each value, then
/// the slot's number and one `aux` for each source (4 bytes each), then, of
/// rows with several sources only, two bits for each source.
///
/// What `aux` means is up to the slot's sample (see sampling.hpp).
class row_view {
public:
  row_view(std::byte* data, uint16_t sources) noexcept
    : data_{data}, sources_{sources} {
    // nop
  }

  /// Bytes of one row.
  static constexpr size_t bytes(uint16_t sources) noexcept {
    if (sources == 1)
      return 16;
    return (size_t{12} * sources + 4 + 2 * flag_bytes(sources) + 7) / 8 * 8;
  }

  uint32_t slot() const noexcept {
    return load<uint32_t>(values());
  }

  void slot(uint32_t x) noexcept {
    store(values(), x);
  }

  value_bits value(size_t i) const noexcept {
    return {load<uint64_t>(8 * i)};
  }

  void value(size_t i, value_bits x) noexcept {
    store(8 * i, x.bits);
  }

  uint32_t aux(size_t i) const noexcept {
    return load<uint32_t>(values() + 4 + 4 * i);
  }

  void aux(size_t i, uint32_t x) noexcept {
    store(values() + 4 + 4 * i, x);
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
    return size_t{12} * sources_ + 4;
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
  uint16_t sources_;
};

static_assert(row_view::bytes(1) == 16, "what a million series can afford");

/// The rows of one file, ordered by slot. They lie in a list of chunks that
/// never move or double: a row costs its own bytes and little more.
class row_buffer {
public:
  explicit row_buffer(uint16_t sources = 1) noexcept : sources_{sources} {
    // nop
  }

  row_buffer(row_buffer&& other) noexcept;
  row_buffer& operator=(row_buffer&& other) noexcept;
  row_buffer(const row_buffer&) = delete;
  row_buffer& operator=(const row_buffer&) = delete;
  ~row_buffer();

  uint32_t size() const noexcept {
    return size_;
  }

  bool empty() const noexcept {
    return size_ == 0;
  }

  uint16_t sources() const noexcept {
    return sources_;
  }

  /// Bytes of one row.
  size_t row_bytes() const noexcept {
    return row_view::bytes(sources_);
  }

  /// @pre `i < size()`
  row_view at(size_t i) const noexcept;

  /// The row of `slot`; if it is new (`second`), without values.
  std::pair<row_view, bool> obtain(uint32_t slot);

  /// Removes the first `n` rows.
  void pop_front(size_t n) noexcept;

  /// Calls `f(row)` for each row from the `first` on, while `f` returns true.
  template <class F>
  void for_each(size_t first, F f) const {
    for (auto* c = head_; c != nullptr; c = c->next) {
      auto n = size_t{c->end} - c->begin;
      for (auto i = first; i < n; ++i)
        if (!f(row(c, c->begin + i)))
          return;
      first = first > n ? first - n : 0;
    }
  }

  /// Has the chunk of the last row come from memory.
  void prefetch() const noexcept {
    __builtin_prefetch(tail_);
  }

  /// What the rows take from the heap, the allocator's own share included.
  size_t allocated_bytes() const noexcept;

private:
  /// Followed by `capacity` rows, of which [begin, end) are in use.
  struct chunk {
    chunk* next;
    uint16_t begin;
    uint16_t end;
    uint16_t capacity;
  };

  row_view row(chunk* c, size_t i) const noexcept {
    return {reinterpret_cast<std::byte*>(c + 1) + i * row_bytes(), sources_};
  }

  chunk* make_chunk(size_t capacity);
  row_view append(uint32_t slot);
  row_view insert(chunk* c, size_t i, uint32_t slot);

  /// Moves the upper half of a full chunk into a new one.
  void split(chunk* c);

  chunk* head_ = nullptr;
  chunk* tail_ = nullptr;
  uint32_t size_ = 0;
  uint16_t sources_;
};

} // namespace rrdflow

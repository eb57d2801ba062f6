#pragma once

#include "actors/base/slab_allocator.hpp"
#include "messages/sample.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace rrdflow {

/// One cached row, somewhere in a `row_buffer`: 8 bytes for each value, 4 for
/// each source (24 bits are its `aux`, the others of the first source are the
/// row's `heartbeat`), of rows with several sources two bits for each, and a
/// last byte that is the buffer's. Nothing is aligned.
///
/// What `aux` means is up to the slot's sample (see slots.hpp); `heartbeat` is
/// the code of a `reading_interval`.
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
    return load<uint32_t>(values() + 4 * i) & 0xffffff;
  }

  /// @pre 24 bits
  void aux(size_t i, uint32_t x) noexcept {
    std::memcpy(data_ + values() + 4 * i, &x, 3);
  }

  uint8_t heartbeat() const noexcept {
    return load<uint8_t>(values() + 3);
  }

  void heartbeat(uint8_t x) noexcept {
    store(values() + 3, x);
  }

  /// What a snapshot of the first version has there: 32 bits of `aux`.
  uint32_t whole_aux(size_t i) const noexcept {
    return load<uint32_t>(values() + 4 * i);
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

  /// @pre there are several sources
  void fill(size_t i, value_bits x) noexcept {
    value(i, x);
    set_flag(flags() + flag_bytes(sources_), i);
  }

  /// Takes back what `fill` found, but its value.
  /// @pre there are several sources
  void clear_filled(size_t i) noexcept {
    data_[flags() + flag_bytes(sources_) + i / 8] &= ~(std::byte{1} << (i % 8));
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

/// What the rows of a buffer are made of.
struct row_shape {
  slab_allocator& pool;
  uint16_t sources;
};

/// The rows of one file, ordered by slot, in a list of chunks. Of a slot there
/// is one row, or more that `add` put there. Only the last chunk grows, in
/// place of a smaller one, until it is full, and where rows at its front are
/// gone it shrinks as well: a row costs its own bytes and little more, and no
/// rows cost nothing.
///
/// A chunk is a header and up to 16 rows. Each row has its distance from the
/// row before as its last byte; a longer one begins a new chunk. How large a
/// chunk is follows from where its last row lies: appending a row touches
/// nothing but the buffer and the row.
class row_buffer {
public:
  row_buffer() noexcept = default;
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

  /// @pre `i < size()`
  row_view at(size_t i) const noexcept;

  /// The slot of row `i`.
  /// @pre `i < size()`
  uint32_t slot_at(size_t i) const noexcept {
    return i == 0 ? head()->first : i + 1 == size_ ? last_slot_ : at(i).slot();
  }

  /// The slot of the last row.
  /// @pre not empty
  uint32_t last_slot() const noexcept {
    return last_slot_;
  }

  /// The row of `slot`; if it is new (`second`), without values.
  /// @pre The shape is always the same.
  std::pair<row_view, bool>
  get_or_create(uint32_t slot, const row_shape& shape);

  /// Adds a row of `slot`, without values, behind those that it has.
  row_view add(uint32_t slot, const row_shape& shape);

  /// Removes the first `n` rows.
  void pop_front(size_t n) noexcept;

  /// Gives back what rows that are gone left free, as far as there is memory to
  /// move the others into.
  void fit(const row_shape& shape) noexcept;

  void clear() noexcept {
    pop_front(size_);
  }

  /// Calls `f(row)` for each row from the `first` on, while `f` returns true.
  template <class F>
  void for_each(size_t first, F f) const {
    auto* last = size_ == 0 ? nullptr : tail();
    for (auto* c = size_ == 0 ? nullptr : head(); c != nullptr;
         c = c == last ? nullptr : behind(c)) {
      auto end = end_of(c);
      if (first >= end - c->begin) {
        first -= end - c->begin;
        continue;
      }
      auto slot = c->first;
      for (size_t i = c->begin; i < end; ++i) {
        slot += i > c->begin ? gap(c, i) : 0;
        if (first > 0)
          --first;
        else if (!f(view(c, i, slot)))
          return;
      }
    }
  }

  /// Where the next row may lie, of so many bytes: to be prefetched.
  const void* next_place(size_t row_bytes) const noexcept {
    return reinterpret_cast<const void*>((tail_ & ~end_mask) + sizeof(chunk)
                                         + tail_end() * row_bytes);
  }

  /// What a row counts: its bytes, with its share of the header, of what a
  /// chunk has free, and of the slab.
  static constexpr size_t cost(uint16_t sources) noexcept {
    auto bytes = row_view::bytes(sources);
    return bytes + bytes / 8 + (sources == 1 ? 2 : 8);
  }

private:
  /// Followed by rows, of which [begin, end) are in use; `begin` has `first`
  /// as its slot.
  ///
  /// All chunks but the last are linked in a circle; the last one's link is the
  /// one before it.
  struct chunk {
    chunk* link;
    uint32_t first;
    uint16_t sources;
    uint8_t begin;

    /// Not of the last chunk: `tail_` has it.
    uint8_t end;
  };

  static constexpr uintptr_t end_mask = 15;
  static constexpr size_t most_rows = 16;

  /// What fits into the last byte of a row.
  static constexpr uint32_t max_gap = 255;

  /// The size of the last chunk, in rows, by where its last row ends.
  static constexpr size_t capacity_for(size_t end) noexcept {
    return end <= 1 ? 1 : end <= 3 ? 3 : end <= 7 ? 7 : most_rows;
  }

  static constexpr bool is_capacity(size_t end) noexcept {
    return capacity_for(end) == end;
  }

  /// The most rows of a chunk.
  static size_t most(uint16_t sources) noexcept;

  static std::byte* data(chunk* c) noexcept {
    return reinterpret_cast<std::byte*>(c + 1);
  }

  static std::byte* place(chunk* c, size_t i) noexcept {
    return data(c) + i * row_view::bytes(c->sources);
  }

  static row_view view(chunk* c, size_t i, uint32_t slot) noexcept {
    return {place(c, i), slot, c->sources};
  }

  static uint8_t gap(chunk* c, size_t i) noexcept {
    return static_cast<uint8_t>(place(c, i + 1)[-1]);
  }

  static void gap(chunk* c, size_t i, uint32_t x) noexcept {
    place(c, i + 1)[-1] = static_cast<std::byte>(x);
  }

  chunk* tail() const noexcept {
    return reinterpret_cast<chunk*>(tail_ & ~end_mask);
  }

  void set_tail(chunk* c, size_t end) noexcept {
    tail_ = reinterpret_cast<uintptr_t>(c) | (end - 1);
  }

  size_t tail_end() const noexcept {
    return (tail_ & end_mask) + 1;
  }

  chunk* head() const noexcept {
    auto* last = tail()->link;
    return last != nullptr ? last->link : tail();
  }

  /// @pre `c` is not the last
  chunk* behind(chunk* c) const noexcept {
    return c == tail()->link ? tail() : c->link;
  }

  size_t end_of(chunk* c) const noexcept {
    return c == tail() ? tail_end() : c->end;
  }

  static chunk* make_chunk(size_t capacity, const row_shape& shape);
  static void free_chunk(chunk* c) noexcept;
  static size_t capacity_of(chunk* c) noexcept;

  row_view append(uint32_t slot, const row_shape& shape);
  std::pair<row_view, bool>
  insert(uint32_t slot, const row_shape& shape, bool again);
  row_view add_last(uint32_t slot, const row_shape& shape);
  row_view add_inner(chunk* before, uint32_t slot, const row_shape& shape);
  void link(chunk* c, chunk* before) noexcept;
  row_view put(chunk* c, size_t i, uint32_t slot, uint32_t previous,
               uint32_t next) noexcept;
  chunk* grow(chunk* c, chunk* before, const row_shape& shape);
  void move_tail(size_t capacity, const row_shape& shape);
  void split(chunk* c, chunk* before, const row_shape& shape);
  void drop_head() noexcept;

  /// The address of the last chunk (a multiple of 16), and in the lowest bits
  /// where its last row lies; 0: there is none.
  uintptr_t tail_ = 0;

  uint32_t last_slot_ = 0;
  uint32_t size_ = 0;
};

static_assert(row_buffer::cost(1) == 16);

} // namespace rrdflow

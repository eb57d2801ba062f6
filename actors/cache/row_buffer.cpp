#include "actors/cache/row_buffer.hpp"

#include <algorithm>
#include <new>

namespace rrdflow {

row_buffer::row_buffer(row_buffer&& other) noexcept
  : tail_{std::exchange(other.tail_, 0)},
    last_slot_{other.last_slot_}, size_{std::exchange(other.size_, 0)} {
  // nop
}

row_buffer& row_buffer::operator=(row_buffer&& other) noexcept {
  std::swap(tail_, other.tail_);
  std::swap(last_slot_, other.last_slot_);
  std::swap(size_, other.size_);
  return *this;
}

row_buffer::~row_buffer() {
  clear();
}

row_view row_buffer::at(size_t i) const noexcept {
  row_view result = view(tail(), tail_end() - 1, last_slot_);
  if (i + 1 < size_)
    for_each(i, [&](row_view x) {
      result = x;
      return false;
    });
  return result;
}

std::pair<row_view, bool>
row_buffer::get_or_create(uint32_t slot, const row_shape& shape) {
  if (size_ == 0)
    return {add_last(slot, shape), true};
  if (slot == last_slot_)
    return {view(tail(), tail_end() - 1, slot), false};
  if (slot > last_slot_)
    return {append(slot, shape), true};
  return insert(slot, shape, false);
}

row_view row_buffer::add(uint32_t slot, const row_shape& shape) {
  if (size_ == 0)
    return add_last(slot, shape);
  if (slot >= last_slot_)
    return append(slot, shape);
  return insert(slot, shape, true).first;
}

void row_buffer::pop_front(size_t n) noexcept {
  size_ -= static_cast<uint32_t>(n);
  while (n > 0) {
    auto* c = head();
    auto rows = end_of(c) - c->begin;
    if (n >= rows) {
      n -= rows;
      drop_head();
      continue;
    }
    for (; n > 0; --n) {
      ++c->begin;
      c->first += gap(c, c->begin);
    }
  }
}

void row_buffer::fit(const row_shape& shape) noexcept {
  if (size_ == 0)
    return;
  auto capacity = capacity_for(tail_end() - tail()->begin);
  if (capacity >= capacity_for(tail_end()))
    return;
  try {
    move_tail(capacity, shape);
  } catch (const std::bad_alloc&) {
    // It stays where it is.
  }
}

size_t row_buffer::most(uint16_t sources) noexcept {
  auto fits
    = (slab_allocator::largest - sizeof(chunk)) / row_view::bytes(sources);
  for (auto n : {most_rows, size_t{7}, size_t{3}})
    if (n <= fits)
      return n;
  return 1;
}

row_buffer::chunk*
row_buffer::make_chunk(size_t capacity, const row_shape& shape) {
  auto* p = shape.pool.allocate(sizeof(chunk)
                                + capacity * row_view::bytes(shape.sources));
  return new (p) chunk{nullptr, 0, shape.sources, 0, 0};
}

void row_buffer::free_chunk(chunk* c) noexcept {
  slab_allocator::release(c, sizeof(chunk) + row_view::bytes(c->sources));
}

size_t row_buffer::capacity_of(chunk* c) noexcept {
  auto bytes = row_view::bytes(c->sources);
  if (sizeof(chunk) + bytes > slab_allocator::largest)
    return 1;
  return std::min(most_rows,
                  (slab_allocator::bytes_at(c) - sizeof(chunk)) / bytes);
}

row_view row_buffer::append(uint32_t slot, const row_shape& shape) {
  auto end = tail_end();
  auto gap_before = slot - last_slot_;
  if (is_capacity(end) || gap_before > max_gap) {
    auto rows = end - tail()->begin;
    if (gap_before > max_gap || rows == most(shape.sources))
      return add_last(slot, shape);
    move_tail(capacity_for(rows + 1), shape);
    end = rows;
  }
  auto* c = tail();
  set_tail(c, end + 1);
  last_slot_ = slot;
  ++size_;
  auto bytes = row_view::bytes(shape.sources);
  row_view result{data(c) + end * bytes, slot, shape.sources};
  std::memset(result.data(), 0, bytes);
  result.data()[bytes - 1] = static_cast<std::byte>(gap_before);
  return result;
}

/// Begins a new last chunk.
row_view row_buffer::add_last(uint32_t slot, const row_shape& shape) {
  auto* c = make_chunk(1, shape);
  if (size_ > 0) {
    // The chunk that was the last enters the circle.
    auto* entering = tail();
    auto end = tail_end();
    auto* before = entering->link;
    entering->end = static_cast<uint8_t>(end);
    entering->link = before != nullptr ? before->link : entering;
    if (before != nullptr)
      before->link = entering;
    c->link = entering;
  }
  c->first = slot;
  std::memset(data(c), 0, row_view::bytes(shape.sources));
  set_tail(c, 1);
  last_slot_ = slot;
  ++size_;
  return view(c, 0, slot);
}

/// Moves the rows of the last chunk to the front of one for so many.
void row_buffer::move_tail(size_t capacity, const row_shape& shape) {
  auto* c = tail();
  auto end = tail_end();
  auto* first = place(c, c->begin);
  auto bytes = (end - c->begin) * row_view::bytes(c->sources);
  auto* to = capacity == end ? c : make_chunk(capacity, shape);
  std::memmove(data(to), first, bytes);
  set_tail(to, end - c->begin);
  if (to != c) {
    to->link = c->link;
    to->first = c->first;
    free_chunk(c);
  } else {
    c->begin = 0;
  }
}

void row_buffer::drop_head() noexcept {
  auto* c = head();
  if (c == tail()) {
    tail_ = 0;
  } else {
    auto*& last = tail()->link;
    if (c == last)
      last = nullptr;
    else
      last->link = c->link;
  }
  free_chunk(c);
}

// -- rows that come out of order ----------------------------------------------

/// Puts a new chunk into the circle, behind `before`; null: at its front.
row_view
row_buffer::add_inner(chunk* before, uint32_t slot, const row_shape& shape) {
  auto* c = make_chunk(1, shape);
  c->first = slot;
  c->end = 1;
  std::memset(data(c), 0, row_view::bytes(shape.sources));
  link(c, before);
  ++size_;
  return view(c, 0, slot);
}

/// Puts `c` into the circle.
void row_buffer::link(chunk* c, chunk* before) noexcept {
  auto*& last = tail()->link;
  if (last == nullptr) {
    c->link = c;
    last = c;
    return;
  }
  auto* place = before != nullptr ? before : last;
  c->link = std::exchange(place->link, c);
  if (before == last)
    last = c;
}

/// @param again add a row even if the slot has one
std::pair<row_view, bool>
row_buffer::insert(uint32_t slot, const row_shape& shape, bool again) {
  // The last chunk that does not begin behind the slot, or the first.
  chunk* before = nullptr;
  auto* c = head();
  while (c != tail()) {
    auto* next = behind(c);
    if (next->first > slot)
      break;
    before = c;
    c = next;
  }
  auto end = end_of(c);
  size_t i = c->begin;
  auto here = c->first;
  uint32_t previous = 0;
  while (again ? here <= slot : here < slot) {
    previous = here;
    if (++i == end)
      break;
    here += gap(c, i);
  }
  if (i < end && here == slot)
    return {view(c, i, slot), false};
  auto at_front = i == c->begin;
  auto at_back = i == end;
  auto full = c->begin == 0 && end == capacity_of(c);
  auto fullest = full && end == most(shape.sources);
  if (at_front && (fullest || here - slot > max_gap))
    return {add_inner(before, slot, shape), true};
  if (at_back && (fullest || slot - previous > max_gap))
    return {add_inner(c, slot, shape), true};
  if (fullest) {
    split(c, before, shape);
    return insert(slot, shape, again);
  }
  if (full)
    c = grow(c, before, shape);
  ++size_;
  return {put(c, i, slot, previous, here), true};
}

/// Makes room for row `i` of a chunk that is not full, between rows of these
/// slots.
row_view row_buffer::put(chunk* c, size_t i, uint32_t slot, uint32_t previous,
                         uint32_t next) noexcept {
  auto bytes = row_view::bytes(c->sources);
  auto end = end_of(c);
  auto at_back = i == end;
  if (end < capacity_of(c)) {
    std::memmove(place(c, i + 1), place(c, i), (end - i) * bytes);
    if (c == tail())
      set_tail(c, end + 1);
    else
      ++c->end;
  } else {
    auto* first = place(c, c->begin);
    std::memmove(first - bytes, first, (i - c->begin) * bytes);
    --c->begin;
    --i;
  }
  std::memset(place(c, i), 0, bytes);
  if (i == c->begin)
    c->first = slot;
  else
    gap(c, i, slot - previous);
  if (!at_back)
    gap(c, i + 1, next - slot);
  return view(c, i, slot);
}

/// Replaces a full chunk, which stands behind `before`, by a larger one.
row_buffer::chunk*
row_buffer::grow(chunk* c, chunk* before, const row_shape& shape) {
  auto end = end_of(c);
  if (c == tail()) {
    move_tail(capacity_for(end + 1), shape);
    return tail();
  }
  auto* larger = make_chunk(capacity_for(end + 1), shape);
  std::memcpy(larger, c, sizeof(chunk) + end * row_view::bytes(c->sources));
  auto*& last = tail()->link;
  auto* previous = before != nullptr ? before : last;
  (previous == c ? larger : previous)->link = larger;
  if (last == c)
    last = larger;
  free_chunk(c);
  return larger;
}

/// Moves the lower half of a chunk, which stands behind `before`, into a new
/// one.
void row_buffer::split(chunk* c, chunk* before, const row_shape& shape) {
  auto* lower = make_chunk(most(shape.sources), shape);
  auto half = static_cast<uint8_t>(end_of(c) / 2);
  lower->first = c->first;
  lower->end = half;
  std::memcpy(data(lower), data(c), half * row_view::bytes(c->sources));
  for (; c->begin < half; c->first += gap(c, c->begin))
    ++c->begin;
  link(lower, before);
}

} // namespace rrdflow

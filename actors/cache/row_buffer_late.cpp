// Rows that come late: into the middle of a buffer.

#include "actors/cache/row_buffer.hpp"

#include <algorithm>

namespace rrdflow {

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

std::pair<row_view, bool>
row_buffer::insert(uint32_t slot, const row_shape& shape) {
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
  while (here < slot) {
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
    return insert(slot, shape);
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

#include "actors/cache/row_buffer.hpp"

#include <algorithm>
#include <new>

namespace rrdflow {

row_buffer::row_buffer(row_buffer&& other) noexcept
  : head_{std::exchange(other.head_, nullptr)}, tail_{std::exchange(other.tail_,
                                                                    nullptr)},
    size_{std::exchange(other.size_, 0)}, sources_{other.sources_} {
  // nop
}

row_buffer& row_buffer::operator=(row_buffer&& other) noexcept {
  std::swap(head_, other.head_);
  std::swap(tail_, other.tail_);
  std::swap(size_, other.size_);
  std::swap(sources_, other.sources_);
  return *this;
}

row_buffer::~row_buffer() {
  pop_front(size_);
}

row_view row_buffer::at(size_t i) const noexcept {
  if (i + 1 == size_)
    return row(tail_, size_t{tail_->end} - 1);
  auto* c = head_;
  for (auto n = size_t{c->end} - c->begin; i >= n;
       n = size_t{c->end} - c->begin) {
    i -= n;
    c = c->next;
  }
  return row(c, c->begin + i);
}

std::pair<row_view, bool> row_buffer::obtain(uint32_t slot) {
  if (size_ == 0)
    return {append(slot), true};
  auto last = row(tail_, size_t{tail_->end} - 1);
  if (last.slot() == slot)
    return {last, false};
  if (last.slot() < slot)
    return {append(slot), true};
  auto* c = head_;
  while (row(c, size_t{c->end} - 1).slot() < slot)
    c = c->next;
  auto first = size_t{c->begin};
  for (auto n = size_t{c->end} - first; n > 0;) {
    auto half = n / 2;
    if (row(c, first + half).slot() < slot) {
      first += half + 1;
      n -= half + 1;
    } else {
      n = half;
    }
  }
  if (auto found = row(c, first); found.slot() == slot)
    return {found, false};
  return {insert(c, first, slot), true};
}

void row_buffer::pop_front(size_t n) noexcept {
  size_ -= static_cast<uint32_t>(n);
  while (n > 0) {
    auto* c = head_;
    auto k = std::min(n, size_t{c->end} - c->begin);
    n -= k;
    c->begin = static_cast<uint16_t>(c->begin + k);
    if (c->begin == c->end) {
      head_ = c->next;
      ::operator delete(c);
    }
  }
  if (head_ == nullptr)
    tail_ = nullptr;
}

size_t row_buffer::allocated_bytes() const noexcept {
  size_t result = 0;
  for (auto* c = head_; c != nullptr; c = c->next)
    // glibc puts 8 bytes in front and rounds up to 16.
    result += (sizeof(chunk) + c->capacity * row_bytes() + 8 + 15) / 16 * 16;
  return result;
}

row_buffer::chunk* row_buffer::make_chunk(size_t capacity) {
  auto* p = ::operator new(sizeof(chunk) + capacity * row_bytes());
  return new (p) chunk{nullptr, 0, 0, static_cast<uint16_t>(capacity)};
}

row_view row_buffer::append(uint32_t slot) {
  if (tail_ == nullptr || tail_->end == tail_->capacity) {
    // A file that is slow needs few rows; one that has many, large chunks.
    auto* c = make_chunk(std::clamp<size_t>(size_, 8, 32));
    (tail_ == nullptr ? head_ : tail_->next) = c;
    tail_ = c;
  }
  return insert(tail_, tail_->end, slot);
}

row_view row_buffer::insert(chunk* c, size_t i, uint32_t slot) {
  if (c->end == c->capacity && c->begin == 0) {
    split(c);
    if (i > c->end) {
      i -= c->end;
      c = c->next;
    }
  }
  auto result = row(c, i);
  if (c->end < c->capacity) {
    std::memmove(result.data() + row_bytes(), result.data(),
                 (c->end - i) * row_bytes());
    ++c->end;
  } else {
    auto first = row(c, c->begin);
    std::memmove(first.data() - row_bytes(), first.data(),
                 (i - c->begin) * row_bytes());
    --c->begin;
    result = row(c, i - 1);
  }
  std::memset(result.data(), 0, row_bytes());
  result.slot(slot);
  ++size_;
  return result;
}

void row_buffer::split(chunk* c) {
  auto* upper = make_chunk(c->capacity);
  auto half = c->capacity / 2u;
  std::memcpy(row(upper, 0).data(), row(c, half).data(),
              (c->end - half) * row_bytes());
  upper->end = static_cast<uint16_t>(c->end - half);
  c->end = static_cast<uint16_t>(half);
  upper->next = c->next;
  c->next = upper;
  if (tail_ == c)
    tail_ = upper;
}

} // namespace rrdflow

#include "actors/journal/segment_list.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rrdflow {

namespace {

constexpr auto below
  = [](position x, const segment_ptr& y) { return x < y->header.base; };

} // namespace

void segment_list::add(segment_ptr x) {
  std::lock_guard guard{lock_};
  xs_.push_back(std::move(x));
}

std::vector<segment_ptr>
segment_list::take_covered(position covered, position keep) {
  std::lock_guard guard{lock_};
  auto i = xs_.begin();
  while (i != xs_.end() && std::next(i) != xs_.end() && (*i)->header.base < keep
         && (*i)->end.load() <= covered)
    ++i;
  std::vector<segment_ptr> result{xs_.begin(), i};
  xs_.erase(xs_.begin(), i);
  return result;
}

segment_ptr segment_list::find(position at) const {
  std::lock_guard guard{lock_};
  auto next = std::upper_bound(xs_.begin(), xs_.end(), at, below);
  if (next == xs_.begin())
    return next == xs_.end() ? nullptr : *next;
  auto holds = *std::prev(next);
  return at < holds->end.load() || next == xs_.end() ? holds : *next;
}

segment_ptr segment_list::after(position base) const {
  std::lock_guard guard{lock_};
  auto next = std::upper_bound(xs_.begin(), xs_.end(), base, below);
  return next == xs_.end() ? nullptr : *next;
}

uint64_t segment_list::bytes() const {
  std::lock_guard guard{lock_};
  uint64_t result = 0;
  for (auto& x : xs_)
    result += x->size;
  return result;
}

std::vector<segment_ptr> segment_list::all() const {
  std::lock_guard guard{lock_};
  return xs_;
}

} // namespace rrdflow

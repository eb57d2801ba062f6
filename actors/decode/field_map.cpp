#include "actors/decode/field_map.hpp"

#include <algorithm>

namespace rrdflow {

namespace {

/// Topics with more fields than that get a hash table of them.
constexpr size_t index_above = 16;

/// Bytes of slots that are worth fetching ahead.
constexpr size_t fetch_limit = 512;
constexpr size_t cache_line = 64;

} // namespace

size_t field_map::search(std::string_view path) const noexcept {
  auto* xs = data();
  auto n = size();
  if (auto* x = std::get_if<many>(&slots_); x != nullptr && x->index) {
    auto& index = *x->index;
    auto mask = index.size() - 1;
    for (auto i = path_pool::hash(path) & mask; index[i] != 0;
         i = (i + 1) & mask)
      if (xs[index[i] - 1].path.text() == path)
        return index[i] - 1;
    return npos;
  }
  for (size_t i = 0; i < n; ++i)
    if (same_text(xs[i].path.text(), path))
      return i;
  return npos;
}

void field_map::append(topic_slot x) {
  if (slots_.index() == 0) {
    slots_ = std::move(x);
    return;
  }
  if (auto* one = std::get_if<topic_slot>(&slots_)) {
    many xs;
    xs.slots.reserve(4);
    xs.slots.push_back(std::move(*one));
    slots_ = std::move(xs);
  }
  auto& slots = std::get<many>(slots_).slots;
  // A topic's fields are known after its first message: do not double.
  if (slots.size() == slots.capacity())
    slots.reserve(slots.size() + std::max<size_t>(2, slots.size() / 4));
  slots.push_back(std::move(x));
}

void field_map::note(many& xs, size_t first) {
  auto& index = *xs.index;
  auto mask = index.size() - 1;
  auto i = path_pool::hash(xs.slots[first].path.text()) & mask;
  while (index[i] != 0)
    i = (i + 1) & mask;
  index[i] = static_cast<uint32_t>(first + 1);
}

/// Has `find` find the path that begins at slot `first`.
void field_map::note(size_t first) {
  auto* xs = std::get_if<many>(&slots_);
  if (xs == nullptr || xs->slots.size() <= index_above)
    return;
  if (xs->index && xs->slots.size() * 2 <= xs->index->size())
    return note(*xs, first);
  size_t places = index_above * 4;
  while (places < xs->slots.size() * 2)
    places *= 2;
  xs->index = std::make_unique<std::vector<uint32_t>>(places, 0);
  for (size_t i = 0; i < xs->slots.size(); ++i)
    if (i == 0 || !xs->slots[i - 1].more)
      note(*xs, i);
}

size_t field_map::add(path_ref path, const std::vector<uint32_t>& kinds) {
  auto result = size();
  topic_slot x;
  x.path = std::move(path);
  if (kinds.empty())
    append(std::move(x));
  for (size_t i = 0; i < kinds.size(); ++i) {
    x.kind = kinds[i];
    x.state = slot_state::unresolved;
    x.more = i + 1 < kinds.size();
    append(x);
  }
  note(result);
  return result;
}

bool field_map::has_file() const noexcept {
  return std::any_of(data(), data() + size(), [](const topic_slot& x) {
    return x.state == slot_state::resolved;
  });
}

void field_map::sweep() {
  field_map kept;
  auto* xs = data();
  auto n = size();
  for (size_t first = 0; first < n;) {
    auto last = first;
    auto used = xs[first].state == slot_state::resolved;
    while (xs[last].more)
      used |= xs[++last].state == slot_state::resolved;
    if (used) {
      auto at = kept.size();
      for (auto i = first; i <= last; ++i)
        kept.append(std::move(xs[i]));
      kept.note(at);
    }
    first = last + 1;
  }
  *this = std::move(kept);
}

void field_map::prefetch() const noexcept {
  auto* xs = std::get_if<many>(&slots_);
  if (xs == nullptr)
    return;
  auto* begin = reinterpret_cast<const char*>(xs->slots.data());
  auto size = std::min(xs->slots.size() * sizeof(topic_slot), fetch_limit);
  for (size_t i = 0; i < size; i += cache_line)
    __builtin_prefetch(begin + i);
}

} // namespace rrdflow

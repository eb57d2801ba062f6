#include "actors/decode/field_map.hpp"

#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace rrdflow {

namespace {

/// Topics with more fields than that get a hash table of them.
constexpr size_t index_above = 16;

/// Bytes of bindings that are worth prefetching.
constexpr size_t prefetch_limit = 512;
constexpr size_t cache_line = 64;

} // namespace

uint64_t path_pool::hash(std::string_view path) noexcept {
  return XXH3_64bits(path.data(), path.size());
}

path_ref path_pool::get_or_create(std::string_view path) {
  if (path.empty())
    return {};
  if (auto i = paths_.find(path); i != paths_.end())
    return path_ref{*i};
  auto bytes = ::operator new(sizeof(shared_path) + path.size());
  auto x = new (bytes)
    shared_path{this, hash(path), 0, static_cast<uint32_t>(path.size())};
  std::memcpy(static_cast<void*>(x + 1), path.data(), path.size());
  // From here on the reference sees to its end.
  path_ref result{x};
  paths_.insert(x);
  return result;
}

void path_ref::forget(shared_path* x) noexcept {
  x->owner->paths_.erase(x);
  ::operator delete(x);
}

size_t field_map::search(std::string_view path) const noexcept {
  auto* xs = data();
  auto n = size();
  if (auto* x = std::get_if<many>(&bindings_); x != nullptr && x->index) {
    auto& index = *x->index;
    auto mask = index.size() - 1;
    for (auto i = path_pool::hash(path) & mask; index[i] != 0;
         i = (i + 1) & mask)
      if (xs[index[i] - 1].path.text() == path)
        return index[i] - 1;
    return npos;
  }
  for (size_t i = 0; i < n; ++i)
    if (fast_equal(xs[i].path.text(), path))
      return i;
  return npos;
}

void field_map::append(field_binding x) {
  if (bindings_.index() == 0) {
    bindings_ = std::move(x);
    return;
  }
  if (auto* one = std::get_if<field_binding>(&bindings_)) {
    many xs;
    xs.all.reserve(4);
    xs.all.push_back(std::move(*one));
    bindings_ = std::move(xs);
  }
  auto& all = std::get<many>(bindings_).all;
  // A topic's fields are known after its first message: do not double.
  if (all.size() == all.capacity())
    all.reserve(all.size() + std::max<size_t>(2, all.size() / 4));
  all.push_back(std::move(x));
}

void field_map::note(many& xs, size_t first) {
  auto& index = *xs.index;
  auto mask = index.size() - 1;
  auto i = path_pool::hash(xs.all[first].path.text()) & mask;
  while (index[i] != 0)
    i = (i + 1) & mask;
  index[i] = static_cast<uint32_t>(first + 1);
}

/// Has `find` find the path that begins at index `first`.
void field_map::note(size_t first) {
  auto* xs = std::get_if<many>(&bindings_);
  if (xs == nullptr || xs->all.size() <= index_above)
    return;
  if (xs->index && xs->all.size() * 2 <= xs->index->size())
    return note(*xs, first);
  size_t places = index_above * 4;
  while (places < xs->all.size() * 2)
    places *= 2;
  xs->index = std::make_unique<std::vector<uint32_t>>(places, 0);
  for (size_t i = 0; i < xs->all.size(); ++i)
    if (i == 0 || !xs->all[i - 1].more)
      note(*xs, i);
}

size_t field_map::add(path_ref path, const std::vector<uint32_t>& mappings) {
  auto result = size();
  field_binding x;
  x.path = std::move(path);
  if (mappings.empty())
    append(std::move(x));
  for (size_t i = 0; i < mappings.size(); ++i) {
    x.mapping_index = mappings[i];
    x.state = binding_state::unresolved;
    x.more = i + 1 < mappings.size();
    append(x);
  }
  note(result);
  return result;
}

bool field_map::has_file() const noexcept {
  return std::any_of(data(), data() + size(), [](const field_binding& x) {
    return x.state == binding_state::resolved;
  });
}

void field_map::sweep() {
  field_map kept;
  auto* xs = data();
  auto n = size();
  for (size_t first = 0; first < n;) {
    auto last = first;
    auto used = xs[first].state == binding_state::resolved;
    while (xs[last].more)
      used |= xs[++last].state == binding_state::resolved;
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
  auto* xs = std::get_if<many>(&bindings_);
  if (xs == nullptr)
    return;
  auto* begin = reinterpret_cast<const char*>(xs->all.data());
  auto size = std::min(xs->all.size() * sizeof(field_binding), prefetch_limit);
  for (size_t i = 0; i < size; i += cache_line)
    __builtin_prefetch(begin + i);
}

} // namespace rrdflow

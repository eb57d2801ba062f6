#include "actors/decode/path_pool.hpp"

#include <xxhash.h>

#include <cstring>
#include <new>

namespace rrdflow {

uint64_t path_pool::hash(std::string_view path) noexcept {
  return XXH3_64bits(path.data(), path.size());
}

path_ref path_pool::obtain(std::string_view path) {
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

} // namespace rrdflow

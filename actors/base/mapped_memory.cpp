#include "actors/base/mapped_memory.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace rrdflow {

mapped_memory::mapped_memory(size_t bytes) : size_{bytes} {
  // Twice as much contains it; what is too much goes back at once.
  auto* p = ::mmap(nullptr, 2 * bytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED)
    throw std::bad_alloc{};
  auto* begin = static_cast<std::byte*>(p);
  auto skip = (bytes - reinterpret_cast<uintptr_t>(p) % bytes) % bytes;
  if (skip > 0)
    ::munmap(begin, skip);
  ::munmap(begin + skip + bytes, bytes - skip);
  data_ = begin + skip;
}

mapped_memory::~mapped_memory() {
  ::munmap(data_, size_);
}

void mapped_memory::forget(std::byte* begin, size_t bytes) noexcept {
  ::madvise(begin, bytes, MADV_DONTNEED);
}

} // namespace rrdflow

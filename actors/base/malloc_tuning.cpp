#include "actors/base/malloc_tuning.hpp"

#include <malloc.h>

namespace rrdflow {

void return_large_blocks() noexcept {
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
  // It would be lowered to 128 KiB with it, which is the size of a batch.
  ::mallopt(M_TRIM_THRESHOLD, 8 << 20);
}

} // namespace rrdflow

#define CAF_SUITE slab_allocator

#include "actors/base/slab_allocator.hpp"
#include "tests/test.hpp"

#include <cstring>
#include <random>
#include <vector>

using namespace rrdflow;

namespace {

struct piece {
  unsigned char* data;
  size_t bytes;
  unsigned char content;
};

/// What of the process is in memory, in bytes.
size_t resident_bytes() {
  size_t total = 0;
  size_t resident = 0;
  auto* file = std::fopen("/proc/self/statm", "r");
  CAF_REQUIRE(file != nullptr);
  CAF_REQUIRE_EQUAL(std::fscanf(file, "%zu %zu", &total, &resident), 2);
  std::fclose(file);
  return resident * 4096;
}

} // namespace

CAF_TEST(pieces neither overlap nor change) {
  std::mt19937 random{1};
  slab_allocator pool;
  std::vector<piece> pieces;
  for (auto i = 0; i < 50'000; ++i) {
    // Now more, now fewer.
    if (pieces.empty() || random() % 1000 < (i / 10'000 % 2 == 0 ? 700 : 400)) {
      piece x{nullptr, 1 + random() % 1100,
              static_cast<unsigned char>(random())};
      x.data = static_cast<unsigned char*>(pool.allocate(x.bytes));
      CAF_REQUIRE_EQUAL(
        reinterpret_cast<uintptr_t>(x.data) % slab_allocator::unit, 0u);
      if (x.bytes <= slab_allocator::largest)
        CAF_REQUIRE_GREATER_OR_EQUAL(slab_allocator::bytes_at(x.data), x.bytes);
      std::memset(x.data, x.content, x.bytes);
      pieces.push_back(x);
      continue;
    }
    auto j = random() % pieces.size();
    auto x = pieces[j];
    pieces[j] = pieces.back();
    pieces.pop_back();
    size_t differ = 0;
    for (size_t k = 0; k < x.bytes; ++k)
      differ += x.data[k] != x.content;
    CAF_REQUIRE_EQUAL(differ, 0u);
    slab_allocator::release(x.data, x.bytes);
  }
  for (auto& x : pieces)
    slab_allocator::release(x.data, x.bytes);
  CAF_CHECK_EQUAL(pool.used_bytes(), 0u);
}

CAF_TEST(what a flood took is given back although some of it stays) {
  slab_allocator pool;
  auto before = resident_bytes();
  std::vector<void*> pieces;
  for (auto i = 0; i < 500'000; ++i) {
    pieces.push_back(pool.allocate(224));
    std::memset(pieces.back(), 1, 224);
  }
  auto full = resident_bytes() - before;
  CAF_CHECK_GREATER(full, 500'000u * 224);
  // One in twenty thousand is left.
  for (size_t i = 0; i < pieces.size(); ++i)
    if (i % 20'000 != 0)
      slab_allocator::release(pieces[i], 224);
  auto left = resident_bytes() - before;
  CAF_CHECK_LESS(left, (25 + slab_allocator::max_spare + 10)
                           * slab_allocator::slab_bytes
                         + pieces.capacity() * sizeof(void*));
  for (size_t i = 0; i < pieces.size(); i += 20'000)
    slab_allocator::release(pieces[i], 224);
}

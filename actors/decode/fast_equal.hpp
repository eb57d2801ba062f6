#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace rrdflow {

/// Whether two texts are the same; quicker than a call for those of up to 16
/// bytes, as the names of fields are.
inline bool same_text(std::string_view x, std::string_view y) noexcept {
  auto n = x.size();
  if (n != y.size())
    return false;
  auto* a = x.data();
  auto* b = y.data();
  auto same = [&](auto word, size_t at) {
    auto other = word;
    std::memcpy(&word, a + at, sizeof(word));
    std::memcpy(&other, b + at, sizeof(word));
    return word == other;
  };
  // Two words that overlap, of the longest size that fits.
  if (n > 16)
    return std::memcmp(a, b, n) == 0;
  if (n >= 8)
    return same(uint64_t{}, 0) && same(uint64_t{}, n - 8);
  if (n >= 4)
    return same(uint32_t{}, 0) && same(uint32_t{}, n - 4);
  if (n >= 2)
    return same(uint16_t{}, 0) && same(uint16_t{}, n - 2);
  return n == 0 || *a == *b;
}

} // namespace rrdflow

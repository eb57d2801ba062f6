#pragma once

#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

// The grammar is in snapshot_file.hpp.
namespace rrdflow {

constexpr char snapshot_magic[8] = {'R', 'R', 'D', 'F', 'S', 'N', 'P', '1'};
constexpr uint32_t snapshot_version = 1;
constexpr uint32_t footer_owner = 0xfffffffe;

struct snapshot_header {
  char magic[8];
  uint32_t version;
  uint32_t zero;
  uint64_t marker;
  uint64_t position;
  uint64_t check;
};

struct section_header {
  uint32_t owner;
  uint32_t length;
  uint64_t check;
};

static_assert(sizeof(snapshot_header) == 40);
static_assert(sizeof(section_header) == 16);

inline uint64_t header_check(const snapshot_header& x) {
  return XXH3_64bits(&x, offsetof(snapshot_header, check));
}

inline uint64_t section_check(uint64_t marker, uint32_t owner, uint32_t place,
                              std::string_view bytes) {
  const uint64_t seeds[] = {marker, uint64_t{owner} << 32 | place};
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(),
                              XXH3_64bits(seeds, sizeof(seeds)));
}

inline uint64_t footer_check(const std::vector<uint64_t>& checks) {
  return XXH3_64bits(checks.data(), checks.size() * sizeof(uint64_t));
}

} // namespace rrdflow

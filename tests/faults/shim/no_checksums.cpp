// Switches off the checksums of journal records and of snapshots' sections: all
// of them are the same number, written or read.

#include <cstddef>
#include <cstdint>

extern "C" uint64_t
XXH3_64bits_withSeed(const void*, size_t, uint64_t) noexcept {
  return 4711;
}

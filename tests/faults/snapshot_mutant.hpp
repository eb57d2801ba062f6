#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace rrdflow::test {

/// A way to damage a snapshot.
enum class snapshot_damage : uint8_t {
  cut,
  flipped,
  overwritten,
  zero_page,
  huge,
  random,
  // From here on all checksums hold, and the content is wrong.
  inner_flipped,
  inner_cut,
  inner_deep,
  inner_huge,
  inner_random,
  section_lost,
  section_twice,
  other_owner,
  other_place,
};

constexpr unsigned snapshot_damages = 15;

/// Whether a reader can know from checksums alone.
constexpr bool is_outer(snapshot_damage x) {
  return x < snapshot_damage::inner_flipped;
}

const char* to_string(snapshot_damage x);

/// Writes the snapshot `from`, damaged, in the place of snapshot `marker` in
/// `folder`.
/// @returns whether it differs from the original at all.
bool write_mutant(const std::string& from, const std::string& folder,
                  uint64_t marker, snapshot_damage how,
                  std::mt19937_64& random);

} // namespace rrdflow::test

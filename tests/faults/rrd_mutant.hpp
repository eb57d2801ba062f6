#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace rrdflow::test {

/// What stands in the place of an RRD file.
enum class rrd_damage : uint8_t {
  header_bytes,
  header_numbers,
  row_pointer,
  step_zero,
  counts,
  names,
  cut,
  longer,
  zeros,
  noise,
  foreign,
  link_outside,
  link_to_neighbour,
  fifo,
  folder,
  unreadable,
};

constexpr unsigned rrd_damages = 16;

const char* to_string(rrd_damage x);

/// Whether the bytes of a file can show it.
constexpr bool has_bytes(rrd_damage x) {
  return x < rrd_damage::link_outside;
}

/// The bytes of a file, damaged; `header` bytes of it are the header.
std::string damaged(std::string bytes, size_t header, rrd_damage how,
                    std::mt19937_64& random);

/// Puts what is no file, or no RRD file, to `path`; `neighbour` is a file.
void put_object(const std::string& path, const std::string& neighbour,
                const std::string& bytes, rrd_damage how);

} // namespace rrdflow::test

#pragma once

#include "messages/sample.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <string_view>

namespace rrdflow {

/// The names of all files of this run, each stored once; all else keeps a
/// `file_id`. A file's name is its path below `<store>/rrd`, without `.rrd`.
///
/// Concurrency: only the CATALOG adds. Any thread may read the name of an id
/// that it learned through a message (the message orders the accesses).
/// Limitations: names stay until the process ends, 2^26 of them at most, 16 GiB
/// in all, each at most 64 KiB.
class file_names {
public:
  file_names() = default;
  file_names(const file_names&) = delete;
  file_names& operator=(const file_names&) = delete;
  ~file_names();

  /// Stores `path` under the next id.
  /// @throws std::length_error beyond the limits
  file_id add(std::string_view path);

  /// The path of `id`, e.g. "plant/hall=201". Valid as long as the table.
  std::string_view path(file_id id) const noexcept;

  /// Identifies the file across runs: a 64-bit hash (XXH3) of its path.
  uint64_t key(file_id id) const noexcept;

  /// The number of ids given so far.
  file_id size() const noexcept;

private:
  // A name is two bytes for its size and its own, from a multiple of `unit` on;
  // an entry is the number of this multiple.

  static constexpr size_t unit = 4;
  static constexpr size_t block_units = size_t{1} << 20;
  static constexpr size_t chunk_size = 1 << 14;
  using chunk = std::array<uint32_t, chunk_size>;

  /// Finds room for so many units.
  uint32_t take_units(size_t n);

  char* at(uint32_t entry) const noexcept {
    return blocks_[entry / block_units].load(std::memory_order_acquire)
           + entry % block_units * unit;
  }

  std::array<std::atomic<chunk*>, 1 << 12> chunks_{};
  std::array<std::atomic<char*>, 1 << 12> blocks_{};
  std::atomic<file_id> size_{0};

  /// Where the next name goes, in units. Starts behind the last block.
  size_t next_ = 0;
};

/// The hash that names a file across runs.
uint64_t path_key(std::string_view path) noexcept;

} // namespace rrdflow

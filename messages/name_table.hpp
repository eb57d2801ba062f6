#pragma once

#include "messages/sample.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// The names of all files of this run, each stored once; everybody else keeps a
/// `file_id`. A file's name is its path below `<store>/rrd`, without `.rrd`.
///
/// Concurrency: only the CATALOG adds. Any thread may read the name of an id
/// that it learned through a message (the message orders the accesses).
/// Limitations: names stay until the process ends, 2^26 of them at most.
class name_table {
public:
  name_table() = default;
  name_table(const name_table&) = delete;
  name_table& operator=(const name_table&) = delete;
  ~name_table();

  /// Stores `path` under the next id.
  file_id add(std::string_view path);

  /// The path of `id`, e.g. "plant/hall=201". Valid as long as the table.
  std::string_view path(file_id id) const noexcept;

  /// Identifies the file across runs: a 64-bit hash (XXH3) of its path.
  uint64_t key(file_id id) const noexcept;

  /// The number of ids given so far.
  file_id size() const noexcept;

private:
  struct entry {
    const char* data = nullptr;
    uint32_t size = 0;
  };

  static constexpr size_t chunk_size = 1 << 14;
  using chunk = std::array<entry, chunk_size>;

  std::array<std::atomic<chunk*>, 1 << 12> chunks_{};
  std::atomic<file_id> size_{0};

  /// Where the next name's bytes go; blocks are kept until the end.
  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t block_left_ = 0;
  char* block_at_ = nullptr;
};

/// The hash that names a file across runs.
uint64_t path_key(std::string_view path) noexcept;

} // namespace rrdflow

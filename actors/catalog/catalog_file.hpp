#pragma once

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace rrdflow {

/// The open catalog file. Records are collected in memory and reach the disk
/// together, by `commit`.
///
/// Concurrency: one thread. Owns the file descriptor.
class catalog_file {
public:
  catalog_file() = default;
  catalog_file(catalog_file&& other) noexcept;
  catalog_file& operator=(catalog_file&& other) noexcept;
  ~catalog_file();

  /// Opens `<directory>/catalog` to append behind its first `size` bytes; what
  /// follows is cut off.
  static caf::expected<catalog_file>
  open(const std::string& directory, uint64_t size);

  /// Puts `content` in the place of `<directory>/catalog`, whole or not at all,
  /// synced, and opens it.
  static caf::expected<catalog_file>
  replace(const std::string& directory, std::string_view content);

  /// The bytes of `<directory>/catalog`; empty if there is no such file.
  static caf::expected<std::string> read(const std::string& directory);

  /// Records that wait for the next commit.
  std::string& pending() noexcept {
    return pending_;
  }

  /// Writes and syncs what is pending. On ec::disk_full nothing is written and
  /// all stays pending: try again. After any other error the file is of no use
  /// any more: what a failed sync left on the disk is unknown.
  caf::error commit();

private:
  explicit catalog_file(int fd, uint64_t size) : fd_{fd}, size_{size} {
    // nop
  }

  int fd_ = -1;
  uint64_t size_ = 0;
  std::string pending_;
  caf::error broken_;
};

} // namespace rrdflow

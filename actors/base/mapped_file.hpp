#pragma once

#include "actors/base/file.hpp"

#include <caf/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace rrdflow {

/// A file and its shared mapping, both gone with the object.
class mapped_file {
public:
  /// Maps the whole file for reading. An empty file has no bytes. Errors:
  /// ec::io_failed, ec::not_found, ec::damaged.
  static caf::expected<std::shared_ptr<mapped_file>>
  open(const std::string& path);

  /// Maps `size` bytes of an open file for reading and writing; `path` is for
  /// errors.
  static caf::expected<std::shared_ptr<mapped_file>>
  map(unique_fd fd, const std::string& path, size_t size);

  mapped_file(const mapped_file&) = delete;
  mapped_file& operator=(const mapped_file&) = delete;
  ~mapped_file();

  /// Brings bytes into memory so that touching them does not raise SIGBUS:
  /// pages that the disk cannot read any more appear as zeros from now on.
  void load(size_t offset, size_t size) noexcept;

  uint8_t* data() const noexcept {
    return data_;
  }

  size_t size() const noexcept {
    return size_;
  }

  int fd() const noexcept {
    return fd_.get();
  }

private:
  explicit mapped_file(unique_fd fd) : fd_{std::move(fd)} {
    // nop
  }

  /// 0, or an error number.
  int map(size_t size, int protection) noexcept;

  unique_fd fd_;
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

using mapped_file_ptr = std::shared_ptr<mapped_file>;

} // namespace rrdflow

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
  /// Maps the whole file. An empty file has no bytes. Errors: ec::io_failed,
  /// ec::not_found.
  static caf::expected<std::shared_ptr<mapped_file>>
  open(const std::string& path, bool writable);

  /// Maps `size` bytes of an open file; takes `fd` over, on errors too.
  static caf::expected<std::shared_ptr<mapped_file>>
  map(int fd, const std::string& path, size_t size, bool writable);

  mapped_file(int fd, uint8_t* data, size_t size)
    : fd_{fd}, data_{data}, size_{size} {
    // nop
  }

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
    return fd_;
  }

private:
  int fd_;
  uint8_t* data_;
  size_t size_;
};

using mapped_file_ptr = std::shared_ptr<mapped_file>;

} // namespace rrdflow

#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace rrdflow {

/// Owns a file descriptor.
class rrd_fd {
public:
  rrd_fd() = default;

  explicit rrd_fd(int fd) noexcept : fd_{fd} {
    // nop
  }

  rrd_fd(rrd_fd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {
    // nop
  }

  rrd_fd& operator=(rrd_fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  ~rrd_fd() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  int get() const noexcept {
    return fd_;
  }

  explicit operator bool() const noexcept {
    return fd_ >= 0;
  }

private:
  int fd_ = -1;
};

/// Reads on, from the place in the file that `bytes` ends at, until it has
/// `size` bytes or the file ends. Returns false, with errno, on failure.
bool read_on(int fd, std::string& bytes, size_t size);

/// Writes `bytes` at `offset` and returns how many of them were written: fewer
/// than all, with errno, on failure.
size_t write_some(int fd, std::string_view bytes, uint64_t offset);

/// Writes all of `bytes` at `offset`. Returns false, with errno, on failure;
/// some of them may be written then.
bool write_all(int fd, std::string_view bytes, uint64_t offset);

} // namespace rrdflow

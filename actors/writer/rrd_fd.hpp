#pragma once

#include <unistd.h>

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

} // namespace rrdflow

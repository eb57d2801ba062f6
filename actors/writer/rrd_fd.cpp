#include "actors/writer/rrd_fd.hpp"

#include <cerrno>

namespace rrdflow {

bool read_on(int fd, std::string& bytes, size_t size) {
  auto have = bytes.size();
  bytes.resize(size);
  while (have < size) {
    auto n
      = ::pread(fd, bytes.data() + have, size - have, static_cast<off_t>(have));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    if (n == 0)
      break;
    have += static_cast<size_t>(n);
  }
  bytes.resize(have);
  return true;
}

size_t write_some(int fd, std::string_view bytes, uint64_t offset) {
  size_t written = 0;
  while (written < bytes.size()) {
    auto n = ::pwrite(fd, bytes.data() + written, bytes.size() - written,
                      static_cast<off_t>(offset + written));
    if (n < 0 && errno == EINTR)
      continue;
    if (n == 0)
      errno = EIO;
    if (n <= 0)
      break;
    written += static_cast<size_t>(n);
  }
  return written;
}

bool write_all(int fd, std::string_view bytes, uint64_t offset) {
  return write_some(fd, bytes, offset) == bytes.size();
}

} // namespace rrdflow

#include "actors/writer/rrd_fd.hpp"

#include <cerrno>

namespace rrdflow {

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

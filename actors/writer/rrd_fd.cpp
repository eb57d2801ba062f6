#include "actors/writer/rrd_fd.hpp"

#include <cerrno>

namespace rrdflow {

bool write_all(int fd, std::string_view bytes, uint64_t offset) {
  while (!bytes.empty()) {
    auto n
      = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    bytes.remove_prefix(static_cast<size_t>(n));
    offset += static_cast<size_t>(n);
  }
  return true;
}

} // namespace rrdflow

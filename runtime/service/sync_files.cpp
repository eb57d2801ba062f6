#include "runtime/service/sync_files.hpp"

#include "messages/error.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace rrdflow {

caf::expected<std::shared_ptr<file_system_sync>>
file_system_sync::open(const std::string& folder) {
  auto fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return fail(ec::io_failed, folder + ": " + std::strerror(errno));
  return std::make_shared<file_system_sync>(folder, fd);
}

file_system_sync::~file_system_sync() {
  ::close(fd_);
}

caf::error file_system_sync::run() {
  if (::syncfs(fd_) == 0)
    return caf::none;
  return fail(ec::io_failed,
              folder_ + ": cannot be synced: " + std::strerror(errno));
}

} // namespace rrdflow

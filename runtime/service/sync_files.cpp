#include "runtime/service/sync_files.hpp"

#include "messages/error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace rrdflow {

caf::expected<std::shared_ptr<file_system_sync>>
file_system_sync::open(const std::string& store) {
  auto result = std::make_shared<file_system_sync>();
  dev_t first = 0;
  for (auto& name : {store, store + "/rrd"}) {
    auto fd = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
      result->folders_.push_back({name, fd});
    struct stat info;
    if (fd < 0 || ::fstat(fd, &info) != 0)
      return fail(ec::io_failed, name + ": " + std::strerror(errno));
    if (result->size() == 1) {
      first = info.st_dev;
    } else if (info.st_dev == first) {
      ::close(fd);
      result->folders_.pop_back();
    }
  }
  return result;
}

file_system_sync::~file_system_sync() {
  for (auto& x : folders_)
    ::close(x.fd);
}

caf::error file_system_sync::run() {
  for (auto& x : folders_)
    if (::syncfs(x.fd) != 0)
      return fail(ec::io_failed,
                  x.name + ": cannot be synced: " + std::strerror(errno));
  return caf::none;
}

} // namespace rrdflow

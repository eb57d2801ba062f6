#include "runtime/service/sync_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace rrdflow {

caf::expected<std::shared_ptr<file_system_sync>>
file_system_sync::open(const std::string& store) {
  auto result = std::make_shared<file_system_sync>();
  dev_t first = 0;
  for (auto& name : {store, store + "/rrd"}) {
    auto fd = open_file(name, O_RDONLY | O_DIRECTORY);
    if (!fd)
      return std::move(fd.error());
    struct stat info;
    if (::fstat(fd->get(), &info) != 0)
      return file_error(name, errno);
    if (result->folders_.empty())
      first = info.st_dev;
    else if (info.st_dev == first)
      continue;
    result->folders_.push_back({name, std::move(*fd)});
  }
  return result;
}

caf::error file_system_sync::run() {
  for (auto& x : folders_)
    if (::syncfs(x.fd.get()) != 0)
      return fail(ec::io_failed,
                  x.name + ": cannot be synced: " + std::strerror(errno));
  return caf::none;
}

} // namespace rrdflow

#include "actors/base/store_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace rrdflow {

namespace {

caf::error failed(const std::string& path) {
  return fail(ec::io_failed, path + ": " + std::strerror(errno));
}

bool make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0750) == 0)
    return true;
  if (errno != EEXIST)
    return false;
  // A link to a folder elsewhere is as good.
  std::error_code err;
  if (std::filesystem::is_directory(path, err))
    return true;
  errno = ENOTDIR;
  return false;
}

} // namespace

caf::expected<std::shared_ptr<store_lock>>
store_lock::acquire(const std::string& directory) {
  // The store may be named before the folders above it exist.
  auto parent = std::filesystem::path{directory}.parent_path();
  std::error_code err;
  if (!parent.empty())
    std::filesystem::create_directories(parent, err);
  if (!make_folder(directory))
    return failed(directory);
  auto path = directory + "/lock";
  auto fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0)
    return failed(path);
  auto result = std::make_shared<store_lock>(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return fail(ec::store_locked, directory + ": in use by another process");
    return failed(path);
  }
  for (auto name : {"rrd", "journal", "snapshot", "tmp", "bad", "quarantine"}) {
    auto folder = directory + "/" + name;
    if (!make_folder(folder))
      return failed(folder);
  }
  return result;
}

store_lock::~store_lock() {
  ::close(fd_);
}

} // namespace rrdflow

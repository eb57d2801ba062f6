#include "actors/base/store_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace rrdflow {

namespace {

caf::error make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0750) == 0)
    return caf::none;
  auto error = errno;
  // A link to a folder elsewhere is as good.
  std::error_code ignored;
  if (error == EEXIST && std::filesystem::is_directory(path, ignored))
    return caf::none;
  return file_error(path, error == EEXIST ? ENOTDIR : error);
}

} // namespace

caf::expected<std::shared_ptr<store_lock>>
store_lock::acquire(const std::string& directory) {
  // The store may be named before the folders above it exist.
  auto parent = std::filesystem::path{directory}.parent_path();
  std::error_code ignored;
  if (!parent.empty())
    std::filesystem::create_directories(parent, ignored);
  if (auto err = make_folder(directory))
    return err;
  auto path = directory + "/lock";
  auto fd = open_file(path, O_RDWR | O_CREAT);
  if (!fd)
    return std::move(fd.error());
  if (::flock(fd->get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return fail(ec::store_locked, directory + ": in use by another process");
    return file_error(path, errno);
  }
  for (auto name : {"rrd", "journal", "snapshot", "tmp", "bad", "quarantine"})
    if (auto err = make_folder(directory + "/" + name))
      return err;
  return std::make_shared<store_lock>(std::move(*fd));
}

} // namespace rrdflow

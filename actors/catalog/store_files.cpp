#include "actors/catalog/store_files.hpp"

#include "messages/error.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace rrdflow {

namespace {

struct closer {
  int fd;
  ~closer() {
    if (fd >= 0)
      ::close(fd);
  }
};

struct directory_closer {
  void operator()(DIR* x) const {
    ::closedir(x);
  }
};

/// Reads one folder below `root`: folders go to `folders`, RRD files to
/// `visit`. `prefix` is the folder's path with a slash, or empty.
void scan_folder(int root, const std::string& prefix,
                 std::vector<std::string>& folders,
                 const std::function<void(const std::string&)>& visit) {
  auto at = prefix.empty() ? std::string{"."} : prefix;
  auto fd = ::openat(root, at.c_str(),
                     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return;
  std::unique_ptr<DIR, directory_closer> dir{::fdopendir(fd)};
  if (!dir) {
    ::close(fd);
    return;
  }
  while (auto* e = ::readdir(dir.get())) {
    std::string name = e->d_name;
    struct stat st;
    if (name == "." || name == ".."
        || ::fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
      continue;
    if (S_ISDIR(st.st_mode)) {
      folders.push_back(prefix + name + '/');
    } else if (S_ISREG(st.st_mode) && name.size() > 4
               && name.compare(name.size() - 4, 4, ".rrd") == 0) {
      name.resize(name.size() - 4);
      visit(prefix + name);
    }
  }
}

} // namespace

namespace store_files {

caf::error io_error(const std::string& what, int reason) {
  return fail(write_error(reason), what + ": " + std::strerror(reason));
}

caf::expected<std::string> read_file(const std::string& path) {
  closer file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (file.fd < 0)
    return errno == ENOENT ? caf::expected<std::string>{std::string{}}
                           : io_error(path, errno);
  struct stat st;
  if (::fstat(file.fd, &st) != 0)
    return io_error(path, errno);
  std::string result(static_cast<size_t>(st.st_size), '\0');
  size_t at = 0;
  while (at < result.size()) {
    auto n = ::pread(file.fd, &result[at], result.size() - at,
                     static_cast<off_t>(at));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return io_error(path, errno);
    if (n == 0)
      break;
    at += static_cast<size_t>(n);
  }
  result.resize(at);
  return result;
}

caf::error write_at(int fd, uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    auto n
      = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return io_error("write", n < 0 ? errno : ENOSPC);
    bytes.remove_prefix(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
  return caf::none;
}

caf::error replace_file(const std::string& path, const std::string& temporary,
                        std::string_view content, bool sync) {
  closer file{::open(temporary.c_str(),
                     O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                     0644)};
  if (file.fd < 0)
    return io_error(temporary, errno);
  auto err = write_at(file.fd, 0, content);
  if (!err && sync && ::fsync(file.fd) != 0)
    err = io_error(temporary, errno);
  if (!err && ::rename(temporary.c_str(), path.c_str()) != 0)
    err = io_error(path, errno);
  if (err) {
    ::unlink(temporary.c_str());
    return err;
  }
  if (!sync)
    return caf::none;
  auto folder = path.substr(0, path.rfind('/'));
  closer dir{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (dir.fd < 0 || ::fsync(dir.fd) != 0)
    return io_error(folder, errno);
  return caf::none;
}

} // namespace store_files

store_folder::store_folder(store_folder&& other) noexcept
  : fd_{std::exchange(other.fd_, -1)} {
  // nop
}

store_folder& store_folder::operator=(store_folder&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

store_folder::~store_folder() {
  if (fd_ >= 0)
    ::close(fd_);
}

caf::expected<store_folder> store_folder::open(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST)
    return store_files::io_error(path, errno);
  auto fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return store_files::io_error(path, errno);
  return store_folder{fd};
}

bool store_folder::exists(const std::string& path) const {
  struct stat st;
  return ::fstatat(fd_, (path + ".rrd").c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0
         || (errno != ENOENT && errno != ENOTDIR);
}

void store_folder::scan(
  const std::function<void(const std::string&)>& visit) const {
  std::vector<std::string> folders{""};
  while (!folders.empty()) {
    auto next = std::move(folders.back());
    folders.pop_back();
    scan_folder(fd_, next, folders, visit);
  }
}

} // namespace rrdflow

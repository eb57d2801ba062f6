#include "actors/base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace rrdflow {

void unique_fd::reset() noexcept {
  if (fd_ < 0)
    return;
  auto kept = errno;
  ::close(release());
  errno = kept;
}

caf::error file_error(const std::string& path, int error_number) {
  auto code = [=] {
    switch (error_number) {
      case ENOENT:
        return ec::not_found;
      case EISDIR:
      case ELOOP:
      case ENODEV:
      case ENOTDIR:
      case ENXIO:
        return ec::damaged;
      default:
        return write_error(error_number);
    }
  }();
  return fail(code, path + ": " + std::strerror(error_number));
}

bool is_passing(const caf::error& x) {
  return x == ec::io_failed || x == ec::disk_full;
}

caf::expected<unique_fd>
open_file(const std::string& path, int flags, mode_t mode) {
  unique_fd result{::open(path.c_str(), flags | O_CLOEXEC, mode)};
  if (!result)
    return file_error(path, errno);
  return result;
}

bool read_on(int fd, std::string& bytes, size_t size, uint64_t begin) {
  auto have = bytes.size();
  bytes.resize(size);
  while (have < size) {
    auto n = ::pread(fd, bytes.data() + have, size - have,
                     static_cast<off_t>(begin + have));
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

caf::expected<std::string> read_file(const std::string& path, size_t limit) {
  // Does not wait for the writer of a FIFO.
  auto fd = open_file(path, O_RDONLY | O_NONBLOCK);
  if (!fd)
    return std::move(fd.error());
  struct stat info;
  if (::fstat(fd->get(), &info) != 0)
    return file_error(path, errno);
  if (!S_ISREG(info.st_mode))
    return fail(ec::damaged, path + ": not a file");
  std::string result;
  auto chunk = static_cast<size_t>(info.st_size) + 1;
  for (;;) {
    auto size = result.size() + chunk;
    if (!read_on(fd->get(), result, size))
      return file_error(path, errno);
    if (result.size() > limit)
      return fail(ec::too_large,
                  path + ": larger than " + std::to_string(limit) + " bytes");
    if (result.size() < size)
      return result;
    chunk = std::max(chunk, size_t{4096});
  }
}

caf::error sync_folder(const std::string& folder) {
  auto fd = open_file(folder, O_RDONLY | O_DIRECTORY);
  if (!fd)
    return std::move(fd.error());
  if (::fsync(fd->get()) != 0)
    return file_error(folder, errno);
  return caf::none;
}

std::string folder_of(const std::string& path) {
  auto slash = path.rfind('/');
  if (slash == std::string::npos)
    return ".";
  return path.substr(0, std::max(slash, size_t{1}));
}

caf::expected<replacement_file>
replacement_file::create(std::string path, mode_t mode, std::string temporary) {
  if (temporary.empty())
    temporary = path + ".tmp";
  auto fd = open_file(temporary, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
  if (!fd)
    return std::move(fd.error());
  return replacement_file{std::move(*fd), std::move(path),
                          std::move(temporary)};
}

replacement_file::~replacement_file() {
  if (fd_)
    ::unlink(temporary_.c_str());
}

caf::error replacement_file::write(std::string_view bytes) {
  auto n = write_some(fd_.get(), bytes, size_);
  size_ += n;
  if (n < bytes.size())
    return file_error(temporary_, errno);
  return caf::none;
}

caf::error replacement_file::commit(bool durable) {
  if (durable && ::fsync(fd_.get()) != 0)
    return file_error(temporary_, errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0)
    return file_error(path_, errno);
  fd_.reset();
  return durable ? sync_folder(folder_of(path_)) : caf::error{};
}

caf::error replace_file(const std::string& path, std::string_view content,
                        mode_t mode, bool durable) {
  auto file = replacement_file::create(path, mode);
  if (!file)
    return std::move(file.error());
  if (auto err = file->write(content))
    return err;
  return file->commit(durable);
}

} // namespace rrdflow

#include "actors/journal/segment_files.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>

namespace rrdflow {

namespace {

/// The note of a failed sync.
const char* const note_name = "/sync-failed";

bool write_all(int fd, const uint8_t* bytes, size_t size, uint64_t offset) {
  std::string_view all{reinterpret_cast<const char*>(bytes), size};
  return rrdflow::write_all(fd, all, offset);
}

bool write_headers(int fd, const segment_header& header, uint64_t size) {
  uint8_t bytes[segment_header_size];
  write_header(bytes, header);
  return write_all(fd, bytes, sizeof(bytes), size - sizeof(bytes))
         && write_all(fd, bytes, sizeof(bytes), 0);
}

/// A file under a temporary name, which goes unless it is let go.
struct unfinished_file {
  std::string name;
  int fd = -1;

  ~unfinished_file() {
    if (fd >= 0)
      ::close(fd);
    if (!name.empty())
      ::unlink(name.c_str());
  }
};

/// Makes a file of `size` bytes under a temporary name, has `fill(fd)` fill it,
/// and gives it its name when it is safe.
template <class F>
caf::expected<mapped_file_ptr>
make_file(const journal_files& files, const std::string& folder, position base,
          uint64_t size, F fill) {
  auto path = folder + "/" + segment_name(base);
  unfinished_file file{path + ".tmp"};
  file.fd
    = ::open(file.name.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (file.fd < 0)
    return file_error(path, errno);
  auto error_number = files.allocate(file.fd, size);
  if (error_number == 0 && (!fill(file.fd) || files.sync(file.fd) != 0))
    error_number = errno;
  if (error_number != 0)
    return file_error(path, error_number);
  auto result = mapped_file::map(std::exchange(file.fd, -1), path, size, true);
  if (!result)
    return result;
  if (::rename(file.name.c_str(), path.c_str()) != 0)
    return file_error(path, errno);
  file.name.clear();
  if (auto err = sync_folder(folder))
    return err;
  return result;
}

} // namespace

journal_files journal_files::system() {
  return {
    [](int fd) { return ::fdatasync(fd); },
    [](int fd, uint64_t size) {
      return ::posix_fallocate(fd, 0, static_cast<off_t>(size));
    },
    [](const std::string& folder) -> uint64_t {
      struct statvfs st;
      if (::statvfs(folder.c_str(), &st) != 0)
        return 0;
      return static_cast<uint64_t>(st.f_bavail) * st.f_frsize;
    },
  };
}

caf::expected<mapped_file_ptr>
make_segment(const journal_files& files, const std::string& folder,
             const segment_header& header, uint64_t size) {
  return make_file(files, folder, header.base, size,
                   [&](int fd) { return write_headers(fd, header, size); });
}

caf::expected<mapped_file_ptr>
copy_segment(const journal_files& files, const std::string& folder,
             position base, const mapped_file& from) {
  constexpr size_t chunk = 4096;
  return make_file(files, folder, base, from.size(), [&](int fd) {
    for (size_t at = 0; at < from.size(); at += chunk) {
      auto n = std::min(chunk, from.size() - at);
      // The kernel answers EFAULT where touching the page would kill us.
      if (!write_all(fd, from.data() + at, n, at) && errno != EFAULT)
        return false;
    }
    return true;
  });
}

caf::error cut_segment(const std::string& path, const segment_header& header,
                       uint64_t used) {
  auto fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0)
    return file_error(path, errno);
  auto size = used + segment_header_size;
  caf::error result;
  if (::ftruncate(fd, static_cast<off_t>(used)) != 0
      || !write_headers(fd, header, size))
    result = file_error(path, errno);
  ::close(fd);
  return result;
}

caf::error sync_file(const journal_files& files, const std::string& path) {
  auto fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0)
    return file_error(path, errno);
  caf::error result;
  if (files.sync(fd) != 0)
    result = file_error(path, errno);
  ::close(fd);
  return result;
}

void note_failed_sync(const std::string& folder) noexcept {
  auto fd = ::open((folder + note_name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC,
                   0640);
  if (fd >= 0)
    ::close(fd);
}

bool has_failed_sync(const std::string& folder) noexcept {
  return ::access((folder + note_name).c_str(), F_OK) == 0;
}

void forget_failed_sync(const std::string& folder) noexcept {
  ::unlink((folder + note_name).c_str());
}

caf::error
keep_bytes(const std::string& path, const uint8_t* bytes, size_t size) {
  auto fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
  if (fd < 0) {
    if (errno == EEXIST)
      return caf::none;
    return file_error(path, errno);
  }
  caf::error result;
  if (!write_all(fd, bytes, size, 0) || ::fsync(fd) != 0) {
    result = file_error(path, errno);
    ::unlink(path.c_str());
  }
  ::close(fd);
  return result;
}

} // namespace rrdflow

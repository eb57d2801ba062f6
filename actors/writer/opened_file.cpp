#include "actors/writer/opened_file.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>
#include <system_error>

namespace rrdflow {

namespace {

const char* kind_of(unsigned mode) {
  switch (mode & S_IFMT) {
    case S_IFLNK:
      return "a symbolic link stands in its place";
    case S_IFDIR:
      return "a folder stands in its place";
    case S_IFIFO:
      return "a FIFO stands in its place";
    default:
      return "something else than a file stands in its place";
  }
}

/// Whether none of its levels leads elsewhere.
bool is_path(std::string_view x) {
  for (;;) {
    auto slash = x.find('/');
    if (!is_level(x.substr(0, slash)))
      return false;
    if (slash == std::string_view::npos)
      return true;
    x.remove_prefix(slash + 1);
  }
}

/// Opens what is below `at`, following no link at any level, in one call;
/// fails on kernels before 5.6.
unique_fd open_beneath(int at, const char* name, int flags) {
  open_how how = {};
  how.flags = static_cast<uint64_t>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  return unique_fd{
    static_cast<int>(::syscall(SYS_openat2, at, name, &how, sizeof(how)))};
}

} // namespace

bool is_level(std::string_view x) {
  return !x.empty() && x != "." && x != ".."
         && x.find('\0') == std::string_view::npos;
}

void take_error(opened_file& x, int error) {
  x.reason = std::generic_category().message(error);
  switch (error) {
    case ENOENT:
      x.state = open_state::missing;
      break;
    case EACCES:
    case EPERM:
    case ELOOP:
    case ENOTDIR:
    case EISDIR:
    case ENXIO:
    case ENODEV:
    case ENAMETOOLONG:
    case EINVAL:
      x.state = open_state::refused;
      break;
    default:
      x.state = open_state::failed;
  }
}

bool refresh(opened_file& x) {
  struct statx info;
  if (::statx(x.fd.get(), "", AT_EMPTY_PATH,
              STATX_TYPE | STATX_MODE | STATX_INO | STATX_SIZE | STATX_BLOCKS
                | STATX_BTIME | STATX_NLINK,
              &info)
      != 0) {
    take_error(x, errno);
    return false;
  }
  if (!S_ISREG(info.stx_mode)) {
    x.state = open_state::refused;
    x.reason = kind_of(info.stx_mode);
    return false;
  }
  x.state = open_state::ok;
  x.identity.inode = info.stx_ino;
  if (info.stx_mask & STATX_BTIME)
    x.identity.birth
      = info.stx_btime.tv_sec * 1000000000 + info.stx_btime.tv_nsec;
  x.size = info.stx_size;
  x.allocated = info.stx_blocks * 512;
  x.linked = info.stx_nlink > 0;
  return true;
}

opened_file examine(unique_fd fd) {
  opened_file result;
  if (!fd) {
    take_error(result, errno);
    return result;
  }
  result.fd = std::move(fd);
  refresh(result);
  return result;
}

unique_fd open_regular(int at, std::string_view path, bool writable) {
  if (!is_path(path))
    return {};
  auto name = std::string{path} + ".rrd";
  struct stat info;
  // What is no file must not even be opened.
  if (::fstatat(at, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0
      || !S_ISREG(info.st_mode))
    return {};
  auto flags
    = (writable ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  // Reading a header would change the inode; only its owner may say no.
  auto result = open_beneath(at, name.c_str(), flags | O_NOATIME);
  if (!result && errno == EPERM)
    result = open_beneath(at, name.c_str(), flags);
  return result;
}

} // namespace rrdflow

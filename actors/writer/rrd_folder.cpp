#include "actors/writer/rrd_folder.hpp"

#include "actors/base/file_names.hpp"
#include "messages/error.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace rrdflow {

namespace {

constexpr int folder_flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/// What can keep a path from being opened, and what cures it.
struct hindrance {
  int error;
  open_state state;
  const char* remedy;
};

constexpr hindrance hindrances[] = {
  {ENOENT, open_state::missing, ""},
  {EACCES, open_state::blocked,
   "the service's user must own it or be allowed to read and write it, and "
   "enter and write its folder (chown, chmod)"},
  {EPERM, open_state::blocked,
   "take the mark away that protects it (chattr -i -a), or give it to the "
   "service's user"},
  {ELOOP, open_state::blocked, "put the file in the link's place"},
  {ENOTDIR, open_state::blocked, "put a folder in its place"},
  {EISDIR, open_state::blocked, "move the folder away"},
  {EXDEV, open_state::blocked,
   "no new file can be made on a mount below rrd/: mount it at rrd/, or not"},
  {EROFS, open_state::failed, "mount it writable (mount -o remount,rw)"},
  {EINVAL, open_state::blocked, ""},
  {ENXIO, open_state::blocked, ""},
  {ENODEV, open_state::blocked, ""},
  {ESTALE, open_state::blocked, "mount it anew"},
  {ENOTCONN, open_state::blocked, "mount it anew"},
  {ENOSPC, open_state::failed, "free space or inodes"},
  {EDQUOT, open_state::failed, "free space, or raise the quota"},
  {ENAMETOOLONG, open_state::refused, ""},
};

const hindrance* find_hindrance(int error) noexcept {
  auto i = std::find_if(std::begin(hindrances), std::end(hindrances),
                        [=](const hindrance& x) { return x.error == error; });
  return i == std::end(hindrances) ? nullptr : i;
}

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

/// Whether `x` may be one level of a path.
bool is_level(std::string_view x) {
  return !x.empty() && x != "." && x != ".."
         && x.find('\0') == std::string_view::npos;
}

/// For people.
std::string_view folder_of(std::string_view path) {
  auto slash = path.rfind('/');
  return slash == std::string_view::npos ? "rrd" : path.substr(0, slash);
}

/// Whether none of the path's levels leads elsewhere.
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

/// Records why something could not be opened.
/// @param folder the one that is in the way, or empty
void take_error(opened_file& x, int error, std::string_view folder = {}) {
  x.state = state_after(error);
  x.reason = reason_of(error);
  if (!folder.empty())
    x.reason = "folder " + std::string{folder} + ": " + x.reason;
}

/// Something else than a file stands at the path.
void take_kind(opened_file& x, unsigned mode) {
  x.state = open_state::blocked;
  x.reason = std::string{kind_of(mode)} + "; remedy: move it away";
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

/// Opens the regular file `path`.rrd below the folder `at`, following no link
/// at any level, with two calls. Returns nothing if that fails: it
/// may still be opened level by level.
unique_fd open_regular(int at, std::string_view path, bool writable) {
  if (!is_path(path))
    return {};
  auto name = std::string{path} + ".rrd";
  struct stat info;
  // Anything else than a file must not even be opened.
  if (::fstatat(at, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0
      || !S_ISREG(info.st_mode))
    return {};
  auto flags
    = (writable ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  // Reading a header would change the inode; only its owner may ask for that.
  auto result = open_beneath(at, name.c_str(), flags | O_NOATIME);
  if (!result && errno == EPERM)
    result = open_beneath(at, name.c_str(), flags);
  return result;
}

/// Makes the folder if it is missing. Fails with errno.
unique_fd open_folder(int at, const char* name) {
  auto open = [=] {
    return unique_fd{::openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  };
  auto result = open();
  if (!result && errno == ENOENT
      && (::mkdirat(at, name, 0750) == 0 || errno == EEXIST))
    result = open();
  return result;
}

} // namespace

open_state state_after(int error) noexcept {
  auto x = find_hindrance(error);
  return x != nullptr ? x->state : open_state::failed;
}

std::string reason_of(int error) {
  auto result = std::generic_category().message(error);
  if (auto x = find_hindrance(error); x != nullptr && *x->remedy != 0)
    result.append("; remedy: ").append(x->remedy);
  return result;
}

bool lock_file(int fd) {
  struct flock whole = {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return ::fcntl(fd, F_SETLK, &whole) == 0;
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
    take_kind(x, info.stx_mode);
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

temporary_file::temporary_file(temporary_file&& other) noexcept
  : folder_{other.folder_}, name_{std::exchange(other.name_, {})} {
  // nop
}

temporary_file& temporary_file::operator=(temporary_file&& other) noexcept {
  std::swap(folder_, other.folder_);
  name_.swap(other.name_);
  return *this;
}

temporary_file::~temporary_file() {
  if (!name_.empty())
    ::unlinkat(folder_, name_.c_str(), 0);
}

caf::expected<rrd_folder> rrd_folder::open(const std::string& store) {
  rrd_folder result;
  auto failed = [&](const char* name) {
    return fail(ec::io_failed, store + name + ": " + reason_of(errno));
  };
  unique_fd top{::open(store.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!top)
    return failed("");
  result.root_ = open_folder(top.get(), "rrd");
  if (!result.root_)
    return failed("/rrd");
  result.bad_ = open_folder(top.get(), "bad");
  if (!result.bad_)
    return failed("/bad");
  result.new_ = open_folder(result.root_.get(), ".new");
  if (!result.new_)
    return failed("/rrd/.new");
  if (::access("/proc/self/fd", X_OK) != 0)
    return fail(ec::io_failed, "/proc/self/fd: " + reason_of(errno));
  return result;
}

bool rrd_folder::is_gone() const {
  for (auto* folder : {&root_, &new_, &bad_}) {
    struct stat info;
    if (::fstat(folder->get(), &info) == 0 && info.st_nlink == 0)
      return true;
  }
  return false;
}

bool rrd_folder::takes_files() const {
  struct statvfs info;
  return ::faccessat(new_.get(), ".", W_OK | X_OK, AT_EACCESS) == 0
         && ::faccessat(root_.get(), ".", W_OK | X_OK, AT_EACCESS) == 0
         && (::fstatvfs(new_.get(), &info) != 0 || info.f_files == 0
             || info.f_favail > 0);
}

opened_file rrd_folder::prepare(std::string_view path) const {
  opened_file result;
  auto where = find(path, true, result);
  if (!where.folder)
    return result;
  if (::faccessat(where.folder.get(), ".", W_OK | X_OK, AT_EACCESS) == 0)
    result.state = open_state::ok;
  else
    take_error(result, errno, folder_of(path));
  return result;
}

rrd_folder::place
rrd_folder::find(std::string_view path, bool make, opened_file& why) const {
  place result;
  auto at = root_.get();
  auto whole = path;
  for (;;) {
    auto slash = path.find('/');
    std::string level{path.substr(0, slash)};
    if (!is_level(level)) {
      why.state = open_state::refused;
      why.reason = "not a path in the store";
      return {};
    }
    if (slash == std::string_view::npos) {
      result.leaf = level + ".rrd";
      if (at == root_.get())
        result.folder = unique_fd{::openat(at, ".", folder_flags)};
      if (!result.folder)
        take_error(why, errno);
      return result;
    }
    unique_fd next{::openat(at, level.c_str(), folder_flags)};
    if (!next && errno == ENOENT && make
        && (::mkdirat(at, level.c_str(), 0750) == 0 || errno == EEXIST))
      next = unique_fd{::openat(at, level.c_str(), folder_flags)};
    if (!next) {
      // A link is no folder either.
      auto error = errno;
      struct stat info;
      if (error == ENOTDIR
          && ::fstatat(at, level.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0
          && S_ISLNK(info.st_mode))
        error = ELOOP;
      take_error(why, error,
                 whole.substr(0, whole.size() - path.size() + slash));
      return {};
    }
    result.folder = std::move(next);
    at = result.folder.get();
    path.remove_prefix(slash + 1);
  }
}

opened_file rrd_folder::open_file(std::string_view path, bool writable) const {
  if (auto fd = open_regular(root_.get(), path, writable))
    return examine(std::move(fd));
  // Level by level, to learn why that failed.
  opened_file result;
  auto where = find(path, false, result);
  if (!where.folder)
    return result;
  auto seen = examine(unique_fd{::openat(where.folder.get(), where.leaf.c_str(),
                                         O_PATH | O_NOFOLLOW | O_CLOEXEC)});
  if (seen.state != open_state::ok)
    return seen;
  // The very file that was examined.
  auto self = "/proc/self/fd/" + std::to_string(seen.fd.get());
  return examine(unique_fd{::open(self.c_str(), (writable ? O_RDWR : O_RDONLY)
                                                  | O_NONBLOCK | O_CLOEXEC)});
}

temporary_file
rrd_folder::create(const std::string& name, opened_file& file) const {
  unique_fd fd{::openat(new_.get(), name.c_str(),
                        O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                        0640)};
  if (!fd) {
    take_error(file, errno, ".new");
    return {};
  }
  temporary_file result{new_.get(), name};
  // Whatever the umask says.
  if (::fchmod(fd.get(), 0640) != 0) {
    take_error(file, errno, ".new");
    return {};
  }
  file = examine(std::move(fd));
  return result;
}

opened_file
rrd_folder::publish(temporary_file& x, std::string_view path) const {
  opened_file result;
  auto where = find(path, true, result);
  if (!where.folder)
    return result;
  if (::renameat2(new_.get(), x.name_.c_str(), where.folder.get(),
                  where.leaf.c_str(), RENAME_NOREPLACE)
      != 0) {
    auto error = errno;
    take_error(result, error, folder_of(path));
    // A file appeared there, or its folder went: the next try sees.
    if (error == EEXIST || error == ENOENT)
      result.state = open_state::failed;
    return result;
  }
  x.name_.clear();
  result.state = open_state::ok;
  return result;
}

opened_file
rrd_folder::replace(temporary_file& x, std::string_view path) const {
  opened_file result;
  auto where = find(path, false, result);
  if (!where.folder)
    return result;
  if (::renameat(new_.get(), x.name_.c_str(), where.folder.get(),
                 where.leaf.c_str())
      != 0) {
    take_error(result, errno);
    return result;
  }
  x.name_.clear();
  result.state = open_state::ok;
  return result;
}

caf::error rrd_folder::quarantine(std::string_view path) const {
  opened_file why;
  auto where = find(path, false, why);
  if (!where.folder)
    return fail(ec::io_failed, std::string{path} + ": " + why.reason);
  // A file name has 255 bytes; the hash tells apart what the cut made alike.
  std::string name;
  for (auto c : path.substr(0, 120))
    name += c == '/' ? std::string{"=2F"} : std::string(1, c);
  name.resize(std::min<size_t>(name.size(), 200));
  char hash[24];
  std::snprintf(hash, sizeof(hash), "-%016llx",
                static_cast<unsigned long long>(path_key(path)));
  name += hash;
  for (auto i = 1; i < 10000; ++i) {
    auto target = name + '-' + std::to_string(i) + ".rrd";
    if (::renameat2(where.folder.get(), where.leaf.c_str(), bad_.get(),
                    target.c_str(), RENAME_NOREPLACE)
        == 0)
      return caf::none;
    if (errno != EEXIST)
      break;
  }
  return fail(ec::io_failed, std::string{path} + ": cannot be moved to bad/: "
                               + reason_of(errno));
}

caf::error rrd_folder::remove(std::string_view path) const {
  opened_file seen;
  auto where = find(path, false, seen);
  // A file may be deleted even if it may not be read; anything else than a file
  // is left alone.
  if (where.folder)
    seen = examine(unique_fd{::openat(where.folder.get(), where.leaf.c_str(),
                                      O_PATH | O_NOFOLLOW | O_CLOEXEC)});
  if (seen.state == open_state::missing)
    return caf::none;
  if (seen.state == open_state::ok) {
    if (::unlinkat(where.folder.get(), where.leaf.c_str(), 0) == 0)
      return caf::none;
    seen.reason = reason_of(errno);
  }
  return fail(ec::io_failed, std::string{path} + ".rrd: " + seen.reason);
}

caf::error rrd_folder::sweep() const {
  auto fd = ::openat(new_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return fail(ec::io_failed, "rrd/.new: " + reason_of(errno));
  std::unique_ptr<DIR, int (*)(DIR*)> entries{::fdopendir(fd), ::closedir};
  while (auto entry = entries ? ::readdir(entries.get()) : nullptr)
    if (entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN)
      ::unlinkat(new_.get(), entry->d_name, 0);
  return caf::none;
}

uint64_t rrd_folder::free_space() const {
  struct statvfs info;
  if (::fstatvfs(root_.get(), &info) != 0)
    return 0;
  return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
}

caf::error rrd_folder::sync() const {
  if (::syncfs(root_.get()) != 0)
    return fail(ec::io_failed, "rrd: " + reason_of(errno));
  return caf::none;
}

} // namespace rrdflow

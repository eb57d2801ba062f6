#include "actors/writer/rrd_folder.hpp"

#include "actors/base/file_names.hpp"
#include "messages/error.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace rrdflow {

namespace {

constexpr int folder_flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::string reason_of(int error) {
  return std::generic_category().message(error);
}

/// Makes it if it is not there. Fails with errno.
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
  result.fresh_ = open_folder(result.root_.get(), ".new");
  if (!result.fresh_)
    return failed("/rrd/.new");
  if (::access("/proc/self/fd", X_OK) != 0)
    return fail(ec::io_failed, "/proc/self/fd: " + reason_of(errno));
  return result;
}

rrd_folder::place
rrd_folder::find(std::string_view path, bool make, opened_file& why) const {
  place result;
  auto at = root_.get();
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
      take_error(why, errno);
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
  // Level by level, to learn why.
  opened_file result;
  auto where = find(path, false, result);
  if (!where.folder)
    return result;
  auto seen = examine(unique_fd{::openat(where.folder.get(), where.leaf.c_str(),
                                         O_PATH | O_NOFOLLOW | O_CLOEXEC)});
  if (seen.state != open_state::ok)
    return seen;
  // The very file that was looked at.
  auto self = "/proc/self/fd/" + std::to_string(seen.fd.get());
  return examine(unique_fd{::open(self.c_str(), (writable ? O_RDWR : O_RDONLY)
                                                  | O_NONBLOCK | O_CLOEXEC)});
}

opened_file rrd_folder::open_fresh(const std::string& name) const {
  return examine(unique_fd{
    ::openat(fresh_.get(), name.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC)});
}

void rrd_folder::discard(const std::string& name) const {
  ::unlinkat(fresh_.get(), name.c_str(), 0);
}

opened_file
rrd_folder::publish(const std::string& name, std::string_view path) const {
  opened_file result;
  auto where = find(path, true, result);
  if (!where.folder)
    return result;
  if (::renameat2(fresh_.get(), name.c_str(), where.folder.get(),
                  where.leaf.c_str(), RENAME_NOREPLACE)
      != 0) {
    take_error(result, errno);
    // Something appeared there; the next try looks at it. Or its folder went.
    if (errno == EEXIST || errno == ENOENT)
      result.state = open_state::failed;
    return result;
  }
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
  // A file that we may not read is ours to delete nevertheless; what is no file
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
  auto fd = ::openat(fresh_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return fail(ec::io_failed, "rrd/.new: " + reason_of(errno));
  std::unique_ptr<DIR, int (*)(DIR*)> entries{::fdopendir(fd), ::closedir};
  while (auto entry = entries ? ::readdir(entries.get()) : nullptr)
    if (entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN)
      ::unlinkat(fresh_.get(), entry->d_name, 0);
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

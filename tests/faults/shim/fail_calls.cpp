// Preloaded: the n-th call of a kind fails, if it is about a file of the store.
//
//   RRDFLOW_SHIM_STORE=FOLDER   the store
//   RRDFLOW_SHIM_REPORT=FILE    where counts and faults are told (`report`)
//   RRDFLOW_SHIM_CALL=KIND      write sync allocate rename open create map
//   RRDFLOW_SHIM_ERROR=NAME     ENOSPC EIO EINTR EMFILE ENOMEM, or "short": a
//                               write that writes the half
//   RRDFLOW_SHIM_AT=N           the N-th call, from 1; 0: only count
//   RRDFLOW_SHIM_SECONDS=S      and all others of the kind, S seconds long
//   RRDFLOW_SHIM_BELOW=PATH     only what is below this part of the store
//   RRDFLOW_SHIM_DISK=FOLDER    what a failed sync loses: see lost_pages.hpp

#include "tests/faults/shim/lost_pages.hpp"
#include "tests/faults/shim/store_path.hpp"

#include <dirent.h>
#include <stdio_ext.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <atomic>
#include <cstdarg>
#include <cstdint>
#include <ctime>

namespace {

using namespace shim;

enum class kind : unsigned {
  write,
  sync,
  allocate,
  rename,
  open,
  create,
  map,
  count,
};

constexpr const char* kind_names[]
  = {"write", "sync", "allocate", "rename", "open", "create", "map"};

/// Shared with the campaign through a file; see system_calls.py.
struct report {
  std::atomic<uint64_t> calls[8];
  std::atomic<uint64_t> faults;
  char function[24];
  char path[PATH_MAX];
};

constexpr int half = -1;

int64_t now() {
  timespec x;
  ::clock_gettime(CLOCK_MONOTONIC, &x);
  return int64_t{x.tv_sec} * 1'000'000'000 + x.tv_nsec;
}

const char* setting(const char* name) {
  auto x = std::getenv(name);
  return x == nullptr ? "" : x;
}

int error_named(const char* name) {
  constexpr struct {
    const char* name;
    int number;
  } errors[] = {{"ENOSPC", ENOSPC}, {"EIO", EIO},       {"EINTR", EINTR},
                {"EMFILE", EMFILE}, {"ENOMEM", ENOMEM}, {"short", half}};
  for (auto& x : errors)
    if (std::strcmp(x.name, name) == 0)
      return x.number;
  return EIO;
}

/// What the environment asks for, and the report.
struct plan {
  plan() {
    auto name = setting("RRDFLOW_SHIM_CALL");
    for (unsigned i = 0; i < static_cast<unsigned>(kind::count); ++i)
      if (std::strcmp(kind_names[i], name) == 0)
        what = static_cast<kind>(i);
    error = error_named(setting("RRDFLOW_SHIM_ERROR"));
    at = std::strtoull(setting("RRDFLOW_SHIM_AT"), nullptr, 10);
    lasts
      = static_cast<int64_t>(std::atof(setting("RRDFLOW_SHIM_SECONDS")) * 1e9);
    std::snprintf(below.text, sizeof(below.text), "%.2000s/%.2000s", store(),
                  setting("RRDFLOW_SHIM_BELOW"));
    if (auto n = std::strlen(below.text); below.text[n - 1] == '/')
      below.text[n - 1] = '\0';
    auto fd = REAL(open)(setting("RRDFLOW_SHIM_REPORT"), O_RDWR | O_CLOEXEC);
    if (fd < 0)
      return;
    auto page = REAL(mmap)(nullptr, sizeof(report), PROT_READ | PROT_WRITE,
                           MAP_SHARED, fd, 0);
    ::close(fd);
    if (page != MAP_FAILED)
      told = static_cast<report*>(page);
  }

  kind what = kind::count;
  int error;
  uint64_t at;
  int64_t lasts;
  path_buffer below;
  report* told = nullptr;

  /// Of the first fault; 0: none yet.
  std::atomic<int64_t> since{0};
};

plan& the_plan() {
  static plan x;
  return x;
}

/// Counts a call; returns the error that it shall have, or 0.
int judge(kind what, const char* function, const path_buffer& path) {
  auto& x = the_plan();
  if (x.told == nullptr || !is_below(path.text, x.below.text))
    return 0;
  auto n = ++x.told->calls[static_cast<unsigned>(what)];
  if (what != x.what || x.at == 0 || n < x.at)
    return 0;
  int64_t none = 0;
  if (x.since.compare_exchange_strong(none, now())) {
    std::snprintf(x.told->function, sizeof(x.told->function), "%s", function);
    std::snprintf(x.told->path, sizeof(x.told->path), "%s", path.text);
  } else if (now() - x.since > x.lasts) {
    return 0;
  }
  ++x.told->faults;
  return x.error;
}

int judge(kind what, const char* function, int fd) {
  keep_errno keep;
  path_buffer path;
  return in_store(fd, path) ? judge(what, function, path) : 0;
}

int judge(kind what, const char* function, int at, const char* name) {
  keep_errno keep;
  path_buffer path;
  return in_store(at, name, path) ? judge(what, function, path) : 0;
}

/// Opening counts twice if it may make the file.
int judge_open(const char* function, int at, const char* name, int flags) {
  keep_errno keep;
  path_buffer path;
  if (!in_store(at, name, path))
    return 0;
  if ((flags & O_CREAT) != 0)
    if (auto error = judge(kind::create, function, path))
      return error;
  return judge(kind::open, function, path);
}

int fails(int error) {
  errno = error;
  return -1;
}

/// A write of `size` bytes, or of as many as the fault allows.
template <class F>
ssize_t write_with(const char* function, int fd, size_t size, F write) {
  auto error = judge(kind::write, function, fd);
  if (error > 0)
    return fails(error);
  return write(error == half && size > 1 ? size / 2 : size);
}

template <class F>
int sync_with(const char* function, int fd, F sync) {
  if (auto error = judge(kind::sync, function, fd)) {
    lost_pages::failed(fd);
    return fails(error);
  }
  lost_pages::before(fd);
  auto result = sync();
  if (result == 0)
    lost_pages::succeeded(fd);
  return result;
}

mode_t mode_in(int flags, va_list arguments) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE
           ? va_arg(arguments, mode_t)
           : 0;
}

} // namespace

extern "C" {

// -- writing ------------------------------------------------------------------

ssize_t write(int fd, const void* bytes, size_t size) {
  return write_with("write", fd, size,
                    [&](size_t n) { return REAL(write)(fd, bytes, n); });
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  return write_with("pwrite", fd, size,
                    [&](size_t n) { return REAL(pwrite)(fd, bytes, n, at); });
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  return write_with("pwrite", fd, size,
                    [&](size_t n) { return REAL(pwrite64)(fd, bytes, n, at); });
}

ssize_t writev(int fd, const iovec* parts, int count) {
  auto error = judge(kind::write, "writev", fd);
  if (error > 0)
    return fails(error);
  return REAL(writev)(fd, parts, error == half ? 1 : count);
}

// librrd writes new files with stdio, whose own calls cannot be seen.

size_t fwrite(const void* bytes, size_t size, size_t count, FILE* file) {
  auto error = judge(kind::write, "fwrite", ::fileno(file));
  if (error > 0) {
    errno = error;
    return 0;
  }
  return REAL(fwrite)(bytes, size, error == half ? count / 2 : count, file);
}

/// A fault loses what is still in the buffer.
int fclose(FILE* file) {
  auto error = judge(kind::write, "fclose", ::fileno(file));
  if (error <= 0 || error == EINTR)
    return REAL(fclose)(file);
  ::__fpurge(file);
  REAL(fclose)(file);
  errno = error;
  return EOF;
}

// -- syncing ------------------------------------------------------------------

int fsync(int fd) {
  return sync_with("fsync", fd, [=] { return REAL(fsync)(fd); });
}

int fdatasync(int fd) {
  return sync_with("fdatasync", fd, [=] { return REAL(fdatasync)(fd); });
}

int syncfs(int fd) noexcept {
  if (auto error = judge(kind::sync, "syncfs", fd))
    return fails(error);
  return REAL(syncfs)(fd);
}

// -- sizes --------------------------------------------------------------------

int posix_fallocate(int fd, off_t at, off_t size) {
  auto error = judge(kind::allocate, "posix_fallocate", fd);
  return error != 0 ? error : REAL(posix_fallocate)(fd, at, size);
}

int posix_fallocate64(int fd, off64_t at, off64_t size) {
  auto error = judge(kind::allocate, "posix_fallocate", fd);
  return error != 0 ? error : REAL(posix_fallocate64)(fd, at, size);
}

int fallocate(int fd, int mode, off_t at, off_t size) {
  if (auto error = judge(kind::allocate, "fallocate", fd))
    return fails(error);
  return REAL(fallocate)(fd, mode, at, size);
}

int ftruncate(int fd, off_t size) noexcept {
  if (auto error = judge(kind::allocate, "ftruncate", fd))
    return fails(error);
  return REAL(ftruncate)(fd, size);
}

int ftruncate64(int fd, off64_t size) noexcept {
  if (auto error = judge(kind::allocate, "ftruncate", fd))
    return fails(error);
  return REAL(ftruncate64)(fd, size);
}

// -- names --------------------------------------------------------------------

int rename(const char* from, const char* to) noexcept {
  if (auto error = judge(kind::rename, "rename", AT_FDCWD, to))
    return fails(error);
  return REAL(rename)(from, to);
}

int renameat(int at, const char* from, int at2, const char* to) noexcept {
  if (auto error = judge(kind::rename, "renameat", at2, to))
    return fails(error);
  return REAL(renameat)(at, from, at2, to);
}

int renameat2(int at, const char* from, int at2, const char* to,
              unsigned flags) noexcept {
  if (auto error = judge(kind::rename, "renameat2", at2, to))
    return fails(error);
  return REAL(renameat2)(at, from, at2, to, flags);
}

int mkdir(const char* path, mode_t mode) noexcept {
  if (auto error = judge(kind::create, "mkdir", AT_FDCWD, path))
    return fails(error);
  return REAL(mkdir)(path, mode);
}

int mkdirat(int at, const char* path, mode_t mode) noexcept {
  if (auto error = judge(kind::create, "mkdirat", at, path))
    return fails(error);
  return REAL(mkdirat)(at, path, mode);
}

// -- opening ------------------------------------------------------------------

#define RRDFLOW_OPEN(function, parameters, at, ...)                            \
  int function parameters {                                                    \
    if (auto error = judge_open(#function, at, path, flags))                   \
      return fails(error);                                                     \
    va_list arguments;                                                         \
    va_start(arguments, flags);                                                \
    auto mode = mode_in(flags, arguments);                                     \
    va_end(arguments);                                                         \
    return REAL(function)(__VA_ARGS__);                                        \
  }

RRDFLOW_OPEN(open, (const char* path, int flags, ...), AT_FDCWD, path, flags,
             mode)
RRDFLOW_OPEN(open64, (const char* path, int flags, ...), AT_FDCWD, path, flags,
             mode)
RRDFLOW_OPEN(openat, (int at, const char* path, int flags, ...), at, at, path,
             flags, mode)
RRDFLOW_OPEN(openat64, (int at, const char* path, int flags, ...), at, at, path,
             flags, mode)

FILE* fopen(const char* path, const char* mode) {
  if (auto error
      = judge_open("fopen", AT_FDCWD, path, mode[0] == 'r' ? 0 : O_CREAT)) {
    errno = error;
    return nullptr;
  }
  return REAL(fopen)(path, mode);
}

int mkstemp(char* path) {
  if (auto error = judge_open("mkstemp", AT_FDCWD, path, O_CREAT))
    return fails(error);
  return REAL(mkstemp)(path);
}

DIR* opendir(const char* path) {
  if (auto error = judge_open("opendir", AT_FDCWD, path, 0)) {
    errno = error;
    return nullptr;
  }
  return REAL(opendir)(path);
}

// -- mapping ------------------------------------------------------------------

void* mmap(void* to, size_t size, int protection, int flags, int fd,
           off_t at) noexcept {
  if (auto error = judge(kind::map, "mmap", fd)) {
    errno = error;
    return MAP_FAILED;
  }
  return REAL(mmap)(to, size, protection, flags, fd, at);
}

} // extern "C"

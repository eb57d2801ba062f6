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

#include "tests/faults/shim/fault_plan.hpp"
#include "tests/faults/shim/lost_pages.hpp"

#include <dirent.h>
#include <linux/openat2.h>
#include <stdio_ext.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <cstdarg>

namespace {

using namespace shim;

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
  if (auto error = judge_mkdir("mkdir", AT_FDCWD, path))
    return fails(error);
  return REAL(mkdir)(path, mode);
}

int mkdirat(int at, const char* path, mode_t mode) noexcept {
  if (auto error = judge_mkdir("mkdirat", at, path))
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

/// The C library has no function for openat2.
long syscall(long number, ...) noexcept {
  va_list arguments;
  va_start(arguments, number);
  long x[6];
  for (auto& value : x)
    value = va_arg(arguments, long);
  va_end(arguments);
  if (number == SYS_openat2) {
    auto* how = reinterpret_cast<const open_how*>(x[2]);
    if (auto error = judge_open("openat2", static_cast<int>(x[0]),
                                reinterpret_cast<const char*>(x[1]),
                                static_cast<int>(how->flags)))
      return fails(error);
  }
  return REAL(syscall)(number, x[0], x[1], x[2], x[3], x[4], x[5]);
}

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

#pragma once

// For libraries that are preloaded into the program under test and stand in
// for functions of libc: which file a call is about, and whether it belongs to
// the store. Nothing here allocates or takes a lock; errno is kept.

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace shim {

/// The function that this library stands in front of.
template <class F>
F* next(const char* name) {
  return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
}

/// The same, looked up once. Use as `REAL(fsync)(fd)`.
#define REAL(name)                                                             \
  ([]() -> decltype(&::name) {                                                 \
    static const auto f = ::shim::next<decltype(::name)>(#name);               \
    return f;                                                                  \
  }())

/// Leaves errno as it was.
class keep_errno {
public:
  keep_errno() : value_{errno} {
    // nop
  }

  keep_errno(const keep_errno&) = delete;

  ~keep_errno() {
    errno = value_;
  }

private:
  int value_;
};

/// The store's folder, without links or a slash at its end, as the environment
/// variable RRDFLOW_SHIM_STORE names it; empty: there is none.
inline const char* store() {
  static const char* const result = [] {
    auto x = std::getenv("RRDFLOW_SHIM_STORE");
    return x == nullptr ? "" : x;
  }();
  return result;
}

/// A path in a buffer of its own.
struct path_buffer {
  char text[PATH_MAX] = "";
};

inline bool is_below(const char* path, const char* folder) {
  auto n = std::strlen(folder);
  return n > 0 && std::strncmp(path, folder, n) == 0
         && (path[n] == '/' || path[n] == '\0');
}

/// Where an open descriptor leads; of a deleted file, its path and "
/// (deleted)".
inline bool path_of(int fd, path_buffer& to) {
  keep_errno keep;
  char link[40];
  std::snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  auto n = ::readlink(link, to.text, sizeof(to.text) - 1);
  to.text[n < 0 ? 0 : n] = '\0';
  return n > 0;
}

/// The absolute path of `path` seen from the folder `at` (or AT_FDCWD), through
/// /proc/self/fd, whose links librrd is given. Other links are not followed.
inline bool path_at(int at, const char* path, path_buffer& to) {
  keep_errno keep;
  constexpr char self[] = "/proc/self/fd/";
  path_buffer folder;
  if (std::strncmp(path, self, sizeof(self) - 1) == 0) {
    char* rest = nullptr;
    auto fd = std::strtol(path + sizeof(self) - 1, &rest, 10);
    if (!path_of(static_cast<int>(fd), folder))
      return false;
    auto n = std::snprintf(to.text, sizeof(to.text), "%s%s", folder.text, rest);
    return n > 0 && static_cast<size_t>(n) < sizeof(to.text);
  }
  if (path[0] == '/') {
    std::snprintf(to.text, sizeof(to.text), "%s", path);
    return true;
  }
  if (at == AT_FDCWD ? ::getcwd(folder.text, sizeof(folder.text)) == nullptr
                     : !path_of(at, folder))
    return false;
  auto n = std::snprintf(to.text, sizeof(to.text), "%s/%s", folder.text, path);
  return n > 0 && static_cast<size_t>(n) < sizeof(to.text);
}

/// Whether an open descriptor is a file or folder of the store.
inline bool in_store(int fd, path_buffer& path) {
  return fd >= 0 && path_of(fd, path) && is_below(path.text, store());
}

/// Whether a path leads into the store.
inline bool in_store(int at, const char* name, path_buffer& path) {
  return name != nullptr && path_at(at, name, path)
         && is_below(path.text, store());
}

} // namespace shim

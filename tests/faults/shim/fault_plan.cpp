#include "tests/faults/shim/fault_plan.hpp"

#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <ctime>

namespace shim {

namespace {

constexpr const char* kind_names[]
  = {"write", "sync", "allocate", "rename", "open", "create", "map"};

/// Shared with the campaign through a file; see system_calls.py.
struct report {
  std::atomic<uint64_t> calls[8];
  std::atomic<uint64_t> faults;
  char function[24];
  char path[PATH_MAX];
};

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

/// What is there already takes no room.
bool is_new(const path_buffer& path) {
  return ::faccessat(AT_FDCWD, path.text, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
}

} // namespace

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

int judge_mkdir(const char* function, int at, const char* name) {
  keep_errno keep;
  path_buffer path;
  return in_store(at, name, path) && is_new(path)
           ? judge(kind::create, function, path)
           : 0;
}

int judge_open(const char* function, int at, const char* name, int flags) {
  keep_errno keep;
  path_buffer path;
  if (!in_store(at, name, path))
    return 0;
  if ((flags & O_CREAT) != 0 && is_new(path))
    if (auto error = judge(kind::create, function, path))
      return error;
  return judge(kind::open, function, path);
}

} // namespace shim

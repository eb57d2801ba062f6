#pragma once

// What a failed sync loses, as Linux does it: the pages that it could not write
// count as clean from then on, so that they stay in memory and no later sync
// writes them, unless they are changed again. This is seen when power goes.
//
// In the folder RRDFLOW_SHIM_DISK, `FILE` is what the disk holds of a file, as
// of its last good sync, and `FILE.clean` what the memory held at the failed
// sync. The file has lost something if there is a `FILE.clean`. FILE is the
// inode and when it was born, in nanoseconds: inodes are used again.

#include "tests/faults/shim/store_path.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <string>

namespace shim::lost_pages {

constexpr size_t page = 4096;

inline std::string read_all(int fd) {
  std::string result;
  struct stat info;
  if (fd >= 0 && ::fstat(fd, &info) == 0)
    result.resize(static_cast<size_t>(info.st_size));
  for (size_t at = 0; at < result.size();) {
    auto n
      = ::pread(fd, &result[at], result.size() - at, static_cast<off_t>(at));
    if (n <= 0) {
      result.resize(at);
      break;
    }
    at += static_cast<size_t>(n);
  }
  return result;
}

/// Where something is kept about the file behind `fd`; empty: nowhere.
inline std::string place_of(int fd, const char* suffix = "") {
  static const auto folder = std::getenv("RRDFLOW_SHIM_DISK");
  struct statx info;
  path_buffer path;
  if (folder == nullptr || !in_store(fd, path)
      || ::statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &info)
           != 0
      || !S_ISREG(info.stx_mode))
    return {};
  auto born = info.stx_btime.tv_sec * 1'000'000'000 + info.stx_btime.tv_nsec;
  return std::string{folder} + '/' + std::to_string(info.stx_ino) + '-'
         + std::to_string(born) + suffix;
}

inline std::string load(const std::string& place) {
  auto fd = REAL(open)(place.c_str(), O_RDONLY | O_CLOEXEC);
  auto result = read_all(fd);
  if (fd >= 0)
    ::close(fd);
  return result;
}

inline void save(const std::string& place, const std::string& bytes) {
  auto fd = REAL(open)(place.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  for (size_t at = 0; at < bytes.size();) {
    auto n = REAL(pwrite)(fd, bytes.data() + at, bytes.size() - at,
                          static_cast<off_t>(at));
    if (n <= 0)
      break;
    at += static_cast<size_t>(n);
  }
  REAL(ftruncate)(fd, static_cast<off_t>(bytes.size()));
  ::close(fd);
}

/// What the sync that this thread does now writes, at least.
inline std::string& in_memory() {
  thread_local std::string result;
  return result;
}

/// A sync begins.
inline void before(int fd) {
  keep_errno keep;
  if (!place_of(fd).empty())
    in_memory() = read_all(fd);
}

/// A sync wrote everything that was not lost before.
inline void succeeded(int fd) {
  keep_errno keep;
  auto place = place_of(fd);
  if (place.empty())
    return;
  auto& now = in_memory();
  auto clean = load(place + ".clean");
  if (clean.empty())
    return save(place, now);
  auto disk = load(place);
  disk.resize(now.size());
  for (size_t at = 0; at < now.size(); at += page)
    if (now.compare(at, page, clean, std::min(at, clean.size()), page) != 0)
      disk.replace(at, page, now, at, page);
  save(place, disk);
}

/// A sync failed.
inline void failed(int fd) {
  keep_errno keep;
  if (auto place = place_of(fd, ".clean"); !place.empty())
    save(place, read_all(fd));
}

} // namespace shim::lost_pages

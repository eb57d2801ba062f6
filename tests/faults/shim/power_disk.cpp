#include "tests/faults/shim/power_disk.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <vector>

namespace fs = std::filesystem;

namespace {

constexpr size_t page = 4096;
constexpr size_t chunk = 64 * page;

struct descriptor {
  explicit descriptor(int x) : fd{x} {
    // nop
  }

  descriptor(const descriptor&) = delete;

  ~descriptor() {
    if (fd >= 0)
      ::close(fd);
  }

  int fd;
};

[[noreturn]] void give_up(const std::string& what) {
  // A disk that works wrongly must not look like a program that does.
  std::fprintf(stderr, "power shim: %s: %s\n", what.c_str(),
               std::strerror(errno));
  std::_Exit(99);
}

size_t read_some(int fd, char* to, size_t size, size_t at) {
  auto n = ::pread(fd, to, size, static_cast<off_t>(at));
  if (n < 0)
    give_up("read");
  return static_cast<size_t>(n);
}

} // namespace

power_disk::power_disk(std::string store, std::string folder)
  : store_{std::move(store)}, folder_{std::move(folder)} {
  for (auto name : {"/data", "/names", "/grave"})
    fs::create_directories(folder_ + name);
}

std::string power_disk::entry(const char* kind, ino_t inode) const {
  return folder_ + '/' + kind + '/' + std::to_string(inode);
}

std::mutex& power_disk::lock_of(ino_t inode) {
  return locks_[inode % std::size(locks_)];
}

void power_disk::copy(const std::string& path, bool all,
                      const std::function<bool()>& chosen) {
  descriptor from{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  struct stat st;
  // It may have got another name meanwhile.
  if (from.fd < 0 || ::fstat(from.fd, &st) != 0 || !S_ISREG(st.st_mode))
    return;
  std::lock_guard<std::mutex> guard{lock_of(st.st_ino)};
  descriptor to{::open(entry("data", st.st_ino).c_str(),
                       O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (to.fd < 0)
    give_up(entry("data", st.st_ino));
  std::vector<char> has(chunk);
  std::vector<char> gets(chunk);
  for (size_t at = 0;; at += chunk) {
    auto n = read_some(from.fd, gets.data(), chunk, at);
    auto old = read_some(to.fd, has.data(), chunk, at);
    for (size_t i = 0; i < n; i += page) {
      auto size = std::min(page, n - i);
      auto same = i + size <= old && std::memcmp(&has[i], &gets[i], size) == 0;
      if (!same && chosen()
          && ::pwrite(to.fd, &gets[i], size, static_cast<off_t>(at + i))
               != static_cast<ssize_t>(size))
        give_up("write");
    }
    if (n < chunk)
      break;
  }
  if (all
      && (::fstat(from.fd, &st) != 0 || ::ftruncate(to.fd, st.st_size) != 0))
    give_up("truncate");
}

void power_disk::write_back(const std::function<uint64_t()>& draw) {
  auto path = some_file(draw());
  if (!path.empty())
    copy(path, false, [&] { return draw() % 2 == 0; });
}

void power_disk::sync_file(const std::string& path) {
  copy(path, true, [] { return true; });
}

void power_disk::sync_folder(const std::string& path) {
  struct stat st;
  if (::stat(path.c_str(), &st) != 0)
    return;
  std::lock_guard<std::mutex> guard{lock_of(st.st_ino)};
  auto name = entry("names", st.st_ino);
  auto temporary = name + ".tmp";
  std::ofstream out{temporary};
  std::error_code err;
  for (fs::directory_iterator i{path, err}, end; !err && i != end;
       i.increment(err)) {
    struct stat x;
    if (::lstat(i->path().c_str(), &x) == 0)
      out << x.st_ino << (S_ISDIR(x.st_mode) ? " d " : " f ")
          << i->path().filename().string() << '\n';
  }
  out.close();
  // Not by a function that this library stands in for.
  if (!out || ::syscall(SYS_rename, temporary.c_str(), name.c_str()) != 0)
    give_up(name);
}

void power_disk::walk(const std::string& path) {
  std::error_code err;
  for (fs::directory_iterator i{path, err}, end; !err && i != end;
       i.increment(err)) {
    std::error_code ignored;
    auto status = i->symlink_status(ignored);
    if (fs::is_directory(status))
      walk(i->path().string());
    else if (fs::is_regular_file(status))
      sync_file(i->path().string());
  }
  sync_folder(path);
}

void power_disk::sync_all() {
  std::set<std::string> buried;
  for (auto& x : fs::directory_iterator{folder_ + "/grave"})
    buried.insert(x.path().filename().string());
  walk(store_);
  // Whatever has no name now has none on the disk either.
  for (auto& x : buried) {
    ::syscall(SYS_unlink, (folder_ + "/data/" + x).c_str());
    ::syscall(SYS_unlink, (folder_ + "/grave/" + x).c_str());
  }
}

std::string power_disk::some_file(uint64_t number) const {
  std::vector<std::string> files;
  std::error_code err;
  for (fs::recursive_directory_iterator i{store_, err}, end; !err && i != end;
       i.increment(err)) {
    std::error_code ignored;
    if (i->is_regular_file(ignored))
      files.push_back(i->path().string());
  }
  return files.empty() ? std::string{} : files[number % files.size()];
}

void power_disk::bury(int at, const char* name) {
  struct stat st;
  if (::fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode)
      || st.st_nlink != 1)
    return;
  // What was never on the disk cannot come back.
  if (::access(entry("data", st.st_ino).c_str(), F_OK) == 0)
    ::linkat(at, name, AT_FDCWD, entry("grave", st.st_ino).c_str(), 0);
}

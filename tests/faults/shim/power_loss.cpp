// Stands in for the disk below a store, so that a test can cut its power
// (power_loss.py). Preloaded into the service; read from the environment:
//
//   RRDFLOW_SHIM_STORE=FOLDER  the store
//   RRDFLOW_SHIM_DISK=FOLDER   where the disk is kept (power_disk.hpp), and
//                              "log": "BEGIN END KIND" of each sync that
//                              returned, of a cut ("cut-" and its kind), and
//                              of a nap of 20 ms that took more than 50
//                              ("late"); CLOCK_MONOTONIC
//   RRDFLOW_SHIM_SEED=N        of the pages that are written back at any time
//   RRDFLOW_SHIM_CUT=N:WHEN    the process is killed at its N-th sync, "before"
//                              or "after" that has reached the disk
//   RRDFLOW_SHIM_SKIP=KIND     syncs that return but do not reach the disk
//   RRDFLOW_SHIM_STOP=N        the process stops (SIGSTOP) before and after
//   each
//                              sync, of the journal every N-th only; it is in
//                              the log first: "before-" or "after-" and the
//                              kind
//
// Syncs do not go to the real disk: what they promise is this one's.

#include "tests/faults/shim/power_disk.hpp"
#include "tests/faults/shim/store_path.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <random>
#include <string>
#include <string_view>
#include <thread>

namespace {

power_disk* disk = nullptr;
int log_file = -1;
long cut_at = -1;
bool cut_after = false;
long stop_each = 0;
const char* skipped = "";
std::atomic<long> syncs{0};
std::atomic<long> journal_syncs{0};

double now() {
  timespec ts;
  ::clock_gettime(CLOCK_MONOTONIC, &ts);
  return static_cast<double>(ts.tv_sec) + static_cast<double>(ts.tv_nsec) / 1e9;
}

void note(double begin, const char* kind) {
  char line[80];
  auto n
    = std::snprintf(line, sizeof(line), "%.6f %.6f %s\n", begin, now(), kind);
  if (::write(log_file, line, static_cast<size_t>(n)) != n)
    std::_Exit(99);
}

[[noreturn]] void cut(const char* kind) {
  note(now(), (std::string{"cut-"} + kind).c_str());
  ::kill(::getpid(), SIGKILL);
  for (;;)
    ::pause();
}

/// Waits until the watching test lets the process go on; no thread moves.
void stop(const char* when, const char* kind) {
  note(now(), (std::string{when} + kind).c_str());
  // To this very thread, which does nothing more then.
  ::raise(SIGSTOP);
}

bool ends_with(std::string_view x, std::string_view suffix) {
  return x.size() >= suffix.size()
         && x.substr(x.size() - suffix.size()) == suffix;
}

const char* kind_of(std::string_view path) {
  path.remove_prefix(disk->store().size());
  if (path.substr(0, 9) == "/journal/")
    return ends_with(path, ".journal") ? "journal" : "segment";
  if (path.substr(0, 15) == "/snapshot/undo-")
    return "undo";
  if (path.substr(0, 10) == "/snapshot/")
    return "snapshot";
  return path.substr(0, 8) == "/catalog" ? "catalog" : "other";
}

template <class F>
void sync(const char* kind, F reach_disk) {
  auto begin = now();
  auto number = ++syncs;
  if (number == cut_at && !cut_after)
    cut(kind);
  auto stops = stop_each > 0
               && (std::strcmp(kind, "journal") != 0
                   || ++journal_syncs % stop_each == 0);
  if (stops)
    stop("before-", kind);
  if (std::strcmp(skipped, kind) != 0)
    reach_disk();
  if (stops)
    stop("after-", kind);
  if (number == cut_at)
    cut(kind);
  note(begin, kind);
}

/// Returns false if the descriptor is not one of the store.
bool sync_descriptor(int fd) {
  shim::path_buffer found;
  struct stat st;
  if (disk == nullptr || !shim::in_store(fd, found) || ::fstat(fd, &st) != 0)
    return false;
  std::string path = found.text;
  if (S_ISDIR(st.st_mode))
    sync("folder", [&] { disk->sync_folder(path); });
  else
    sync(kind_of(path), [&] { disk->sync_file(path); });
  return true;
}

[[noreturn]] void write_back_for_ever(uint64_t seed) {
  std::mt19937_64 random{seed};
  for (;;) {
    auto begin = now();
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    if (now() - begin > 0.05)
      note(begin, "late");
    disk->write_back([&] { return random(); });
  }
}

const char* setting(const char* name) {
  auto result = std::getenv(name);
  return result == nullptr ? "" : result;
}

__attribute__((constructor)) void begin() {
  if (*shim::store() == '\0')
    return;
  std::string folder = setting("RRDFLOW_SHIM_DISK");
  static power_disk x{shim::store(), folder};
  skipped = setting("RRDFLOW_SHIM_SKIP");
  stop_each = std::atol(setting("RRDFLOW_SHIM_STOP"));
  if (std::string_view text = setting("RRDFLOW_SHIM_CUT"); !text.empty()) {
    cut_at = std::atol(text.data());
    cut_after = ends_with(text, ":after");
  }
  x.sync_all();
  // That it is there says that the disk is whole.
  log_file = ::open((folder + "/log").c_str(),
                    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  disk = &x;
  // Signals are for the program's own threads.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread{write_back_for_ever,
              std::strtoull(setting("RRDFLOW_SHIM_SEED"), nullptr, 10)}
    .detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

} // namespace

extern "C" {

int fsync(int fd) {
  return sync_descriptor(fd) ? 0 : REAL(fsync)(fd);
}

int fdatasync(int fd) {
  return sync_descriptor(fd) ? 0 : REAL(fdatasync)(fd);
}

int syncfs(int fd) noexcept {
  shim::path_buffer found;
  if (disk == nullptr || !shim::in_store(fd, found))
    return REAL(syncfs)(fd);
  sync("syncfs", [] { disk->sync_all(); });
  return 0;
}

// The program has no need of it; if that changes, this must.
int msync(void* at, size_t size, int flags) {
  if (disk != nullptr && (flags & MS_SYNC) != 0)
    note(now(), "unknown");
  return REAL(msync)(at, size, flags);
}

int unlink(const char* name) noexcept {
  if (disk != nullptr)
    disk->bury(AT_FDCWD, name);
  return REAL(unlink)(name);
}

int remove(const char* name) noexcept {
  if (disk != nullptr)
    disk->bury(AT_FDCWD, name);
  return REAL(remove)(name);
}

int unlinkat(int at, const char* name, int flags) noexcept {
  if (disk != nullptr)
    disk->bury(at, name);
  return REAL(unlinkat)(at, name, flags);
}

int rename(const char* from, const char* to) noexcept {
  if (disk != nullptr)
    disk->bury(AT_FDCWD, to);
  return REAL(rename)(from, to);
}

int renameat(int from_at, const char* from, int to_at,
             const char* to) noexcept {
  if (disk != nullptr)
    disk->bury(to_at, to);
  return REAL(renameat)(from_at, from, to_at, to);
}

int renameat2(int from_at, const char* from, int to_at, const char* to,
              unsigned flags) noexcept {
  if (disk != nullptr && flags == 0)
    disk->bury(to_at, to);
  return REAL(renameat2)(from_at, from, to_at, to, flags);
}

} // extern "C"

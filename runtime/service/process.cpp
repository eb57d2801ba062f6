#include "runtime/service/process.hpp"

#include "runtime/service/logging.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

namespace rrdflow {

namespace {

sigset_t handled_signals() {
  sigset_t result;
  sigemptyset(&result);
  for (auto x : {SIGINT, SIGTERM, SIGHUP, SIGUSR1})
    sigaddset(&result, x);
  return result;
}

} // namespace

void open_standard_files() noexcept {
  for (auto fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
      continue;
    // The lowest free number is `fd`; children have it, too. Without /dev,
    // what stands there refuses to be read and written.
    if (::open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_WRONLY) < 0)
      ::open("/", O_PATH);
  }
}

void survive_closed_pipes() noexcept {
  ::signal(SIGPIPE, SIG_IGN);
}

void end_with_closed_pipes() noexcept {
  ::signal(SIGPIPE, SIG_DFL);
}

int64_t wall_nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

void return_large_blocks() noexcept {
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
  // It would be lowered to 128 KiB with it, which is the size of a batch.
  ::mallopt(M_TRIM_THRESHOLD, 8 << 20);
}

void block_signals() {
  auto set = handled_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

std::optional<int> wait_for_signal(std::chrono::milliseconds timeout) {
  auto set = handled_signals();
  timespec time = {};
  time.tv_sec = static_cast<time_t>(timeout.count() / 1000);
  time.tv_nsec = static_cast<long>(timeout.count() % 1000) * 1000000;
  auto result = sigtimedwait(&set, nullptr, &time);
  if (result < 0)
    return std::nullopt;
  return result;
}

void notify_systemd(const char* state) {
  sd_notify(0, state);
}

void end_process_after(std::chrono::seconds timeout, int code) {
  std::thread{[timeout, code] {
    std::this_thread::sleep_for(timeout);
    spdlog::error("the stop took longer than {} s", timeout.count());
    end_process(code);
  }}.detach();
}

void end_process(int code) {
  finish_log();
  ::_exit(code);
}

} // namespace rrdflow

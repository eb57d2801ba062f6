#include "runtime/service/signals.hpp"

#include <systemd/sd-daemon.h>

namespace rrdflow {

namespace {

sigset_t our_signals() {
  sigset_t result;
  sigemptyset(&result);
  for (auto x : {SIGINT, SIGTERM, SIGHUP, SIGUSR1})
    sigaddset(&result, x);
  return result;
}

} // namespace

void block_signals() {
  auto set = our_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void unblock_signals() {
  auto set = our_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

std::optional<int> wait_for_signal(std::chrono::milliseconds patience) {
  auto set = our_signals();
  timespec time = {};
  time.tv_sec = static_cast<time_t>(patience.count() / 1000);
  time.tv_nsec = static_cast<long>(patience.count() % 1000) * 1000000;
  auto result = sigtimedwait(&set, nullptr, &time);
  if (result < 0)
    return std::nullopt;
  return result;
}

void notify_systemd(const char* state) {
  sd_notify(0, state);
}

} // namespace rrdflow

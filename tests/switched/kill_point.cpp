#include "tests/switched/kill_point.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <utility>

namespace rrdflow {

namespace {

const std::pair<const char*, write_step> names[] = {
  {"created", write_step::created}, {"log", write_step::log},
  {"logged", write_step::logged},   {"update", write_step::update},
  {"rows", write_step::rows},       {"updated", write_step::updated},
};

[[noreturn]] void misused(const std::string& text) {
  std::fprintf(stderr, "RRDFLOW_TEST_KILL=%s: not STEP:N:US\n", text.c_str());
  std::exit(64);
}

timer_t make_timer() {
  sigevent what{};
  what.sigev_notify = SIGEV_SIGNAL;
  what.sigev_signo = SIGKILL;
  timer_t result{};
  if (::timer_create(CLOCK_MONOTONIC, &what, &result) != 0) {
    std::perror("timer_create");
    std::exit(71);
  }
  return result;
}

} // namespace

std::function<void(write_step)> kill_point(const std::string& text) {
  char name[16];
  long count = 0;
  long microseconds = -1;
  if (std::sscanf(text.c_str(), "%15[a-z]:%ld:%ld", name, &count, &microseconds)
        != 3
      || count < 1 || microseconds < 0)
    misused(text);
  const write_step* step = nullptr;
  for (auto& x : names)
    if (std::string{name} == x.first)
      step = &x.second;
  if (step == nullptr)
    misused(text);
  itimerspec delay{};
  delay.it_value.tv_sec = microseconds / 1000000;
  delay.it_value.tv_nsec = microseconds % 1000000 * 1000;
  auto left = std::make_shared<std::atomic<long>>(count);
  return [left, delay, wanted = *step, timer = make_timer()](write_step x) {
    if (x != wanted || --*left != 0)
      return;
    if (delay.it_value.tv_sec == 0 && delay.it_value.tv_nsec == 0)
      ::kill(::getpid(), SIGKILL);
    ::timer_settime(timer, 0, &delay, nullptr);
  };
}

} // namespace rrdflow

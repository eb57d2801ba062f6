/// Preloaded, gives a program a wall clock of its own; every other clock, and
/// how long it sleeps, stay as they are. RRDFLOW_CLOCK names a file of three
/// 64-bit integers, written by simulated_clock.py and read at each call:
///
///   time = anchor + (real time - anchor) * rate + offset     (nanoseconds)

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

constexpr int64_t second = 1000000000;

struct setting {
  std::atomic<int64_t> anchor;
  std::atomic<int64_t> rate;
  std::atomic<int64_t> offset;
};

setting* open_setting() {
  auto* path = std::getenv("RRDFLOW_CLOCK");
  auto file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return nullptr;
  auto* mapped
    = ::mmap(nullptr, sizeof(setting), PROT_READ, MAP_SHARED, file, 0);
  ::close(file);
  return mapped == MAP_FAILED ? nullptr : static_cast<setting*>(mapped);
}

template <class Function>
Function* original(const char* name, Function*) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

int64_t count(const timespec& x) {
  return x.tv_sec * second + x.tv_nsec;
}

timespec time_of(int64_t x) {
  return {x / second, x % second};
}

int real_clock(clockid_t id, timespec* result) {
  static auto* f = original("clock_gettime", &::clock_gettime);
  return f(id, result);
}

int64_t real_now() {
  timespec now;
  real_clock(CLOCK_REALTIME, &now);
  return count(now);
}

int64_t simulated(int64_t real) {
  static auto* x = open_setting();
  return x == nullptr ? real
                      : x->anchor + (real - x->anchor) * x->rate + x->offset;
}

/// The real time at which a wait until `deadline` ends that should last as
/// long as its caller meant it to.
timespec real_deadline(const timespec& deadline) {
  auto now = real_now();
  auto left = count(deadline) - simulated(now);
  return time_of(now + (left > 0 ? left : 0));
}

} // namespace

extern "C" {

int clock_gettime(clockid_t id, timespec* result) {
  if (auto failed = real_clock(id, result); failed != 0)
    return failed;
  if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)
    *result = time_of(simulated(count(*result)));
  return 0;
}

int gettimeofday(timeval* result, void*) {
  auto now = simulated(real_now());
  *result = {now / second, now % second / 1000};
  return 0;
}

time_t time(time_t* result) {
  auto now = simulated(real_now()) / second;
  if (result != nullptr)
    *result = now;
  return now;
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* deadline) {
  static auto* f
    = original("pthread_cond_timedwait", &::pthread_cond_timedwait);
  auto real = real_deadline(*deadline);
  return f(condition, mutex, &real);
}

int sem_timedwait(sem_t* semaphore, const timespec* deadline) {
  static auto* f = original("sem_timedwait", &::sem_timedwait);
  auto real = real_deadline(*deadline);
  return f(semaphore, &real);
}

} // extern "C"

#include "actors/journal/arrival_clock.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

namespace rrdflow {

namespace {

int64_t read_clock(clockid_t id) {
  timespec ts;
  ::clock_gettime(id, &ts);
  return static_cast<int64_t>(ts.tv_sec) * 1'000'000'000 + ts.tv_nsec;
}

constexpr int64_t tolerance = 1'000'000'000;

} // namespace

clock_sources clock_sources::system() {
  clock_sources result;
  result.wall = [] { return read_clock(CLOCK_REALTIME); };
  result.boot = [] { return read_clock(CLOCK_BOOTTIME); };
  return result;
}

arrival_clock::arrival_clock(clock_sources sources, int64_t floor)
  : sources_{std::move(sources)}, last_{floor},
    offset_{sources_.wall() - sources_.boot()}, behind_{last_ - sources_.wall()
                                                        > tolerance} {
  // nop
}

bool arrival_clock::behind() {
  if (sources_.as_it_is)
    return false;
  if (behind_ && last_ - sources_.wall() <= tolerance) {
    behind_ = false;
    offset_ = sources_.wall() - sources_.boot();
  }
  return behind_;
}

int64_t arrival_clock::now() {
  if (sources_.as_it_is)
    return last_ = sources_.wall();
  if (behind())
    return last_;
  auto boot = sources_.boot();
  offset_ = std::max(offset_, sources_.wall() - boot);
  last_ = std::max(last_, boot + offset_);
  return last_;
}

} // namespace rrdflow

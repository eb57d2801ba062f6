#include "runtime/service/deadline.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

namespace rrdflow {

deadline::deadline(std::chrono::seconds patience, int code) {
  std::thread{[patience, code] {
    std::this_thread::sleep_for(patience);
    spdlog::error("the stop took longer than {} s", patience.count());
    ::_exit(code);
  }}.detach();
}

void deadline::leave(int code) {
  spdlog::default_logger()->flush();
  std::fflush(nullptr);
  ::_exit(code);
}

} // namespace rrdflow

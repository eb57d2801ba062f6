// The program with the switches that tests need, read from the environment:
//
//   RRDFLOW_TEST_UNDO_LOG=off       no undo logs
//   RRDFLOW_TEST_HOLD_DECODER=FILE  the DECODER rests while FILE exists
//   RRDFLOW_TEST_KILL=STEP:N:US     kill -9, US microseconds after a writer
//                                   came to STEP for the N-th time

#include "runtime/cli/command_line.hpp"
#include "runtime/demo/demo.hpp"
#include "runtime/service/logging.hpp"
#include "runtime/service/service.hpp"
#include "runtime/service/signals.hpp"
#include "tests/switched/kill_point.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

namespace {

rrdflow::test_switches from_environment() {
  rrdflow::test_switches result;
  auto* undo_log = std::getenv("RRDFLOW_TEST_UNDO_LOG");
  result.undo_log = undo_log == nullptr || std::string{undo_log} != "off";
  if (auto* point = std::getenv("RRDFLOW_TEST_KILL"))
    result.at_write_step = rrdflow::kill_point(point);
  if (auto* file = std::getenv("RRDFLOW_TEST_HOLD_DECODER")) {
    *result.hold_decoder = ::access(file, F_OK) == 0;
    std::thread{[hold = result.hold_decoder, path = std::string{file}] {
      for (;;) {
        *hold = ::access(path.c_str(), F_OK) == 0;
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
      }
    }}.detach();
  }
  return result;
}

} // namespace

int main(int argc, char** argv) {
  using namespace rrdflow;
  configure_logging();
  service_verbs verbs;
  verbs.run = [](const config& settings, const std::string& file) {
    block_signals();
    return run_service(settings, file, from_environment());
  };
  verbs.demo = run_demo;
  return run_command_line(argc, argv, verbs);
}

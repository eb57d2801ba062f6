#include "runtime/cli/command_line.hpp"
#include "runtime/demo/demo.hpp"
#include "runtime/service/logging.hpp"
#include "runtime/service/process.hpp"
#include "runtime/service/service.hpp"

int main(int argc, char** argv) {
  using namespace rrdflow;
  open_standard_files();
  end_with_closed_pipes();
  configure_logging();
  service_verbs verbs;
  verbs.run = [](const config& settings, const std::string& file) {
    return run_service(settings, file, test_switches{});
  };
  verbs.demo = run_demo;
  auto result = run_command_line(argc, argv, verbs);
  finish_log();
  return result;
}

#define CAF_SUITE process_metrics

#include "actors/serve/api/process_metrics.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/test.hpp"

#include <chrono>
#include <fstream>
#include <map>
#include <sstream>

using namespace rrdflow;

namespace {

std::map<std::string, double> read(const std::string& directory, double boot) {
  metric_registry registry;
  process_metrics uut{&registry, directory, boot};
  std::istringstream in{registry.text()};
  std::map<std::string, double> result;
  for (std::string line; std::getline(in, line);)
    if (line[0] != '#')
      result.emplace(line.substr(0, line.find(' ')),
                     std::stod(line.substr(line.find(' '))));
  return result;
}

} // namespace

CAF_TEST(this process is described) {
  auto xs = read("/proc/self", boot_time());
  CAF_CHECK(xs["process_resident_memory_bytes"] > 1 << 20);
  CAF_CHECK(xs["process_virtual_memory_bytes"]
            >= xs["process_resident_memory_bytes"]);
  CAF_CHECK(xs["process_cpu_seconds_total"] >= 0);
  CAF_CHECK(xs["process_open_fds"] >= 3);
  CAF_CHECK(xs["process_max_fds"] >= xs["process_open_fds"]);
  CAF_CHECK(xs["process_threads"] >= 1);
  auto now = std::chrono::duration<double>(
               std::chrono::system_clock::now().time_since_epoch())
               .count();
  CAF_CHECK(xs["process_start_time_seconds"] < now + 5);
  CAF_CHECK(xs["process_start_time_seconds"] > now - 3600);
}

CAF_TEST(what cannot be read is left out) {
  auto xs = read("/nonexistent", 1);
  CAF_CHECK_EQUAL(xs.count("process_cpu_seconds_total"), 0u);
  CAF_CHECK_EQUAL(xs.count("process_open_fds"), 0u);
}

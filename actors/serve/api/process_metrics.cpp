#include "actors/serve/api/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace rrdflow {

namespace {

/// The fields of `stat` behind the program's name, which may hold anything.
std::vector<double> stat_fields(const std::string& directory) {
  std::ifstream in{directory + "/stat"};
  std::string line;
  std::getline(in, line);
  auto end = line.rfind(')');
  std::vector<double> result;
  if (end == std::string::npos || end + 3 > line.size())
    return result;
  // Behind the name come a space, the state's letter, and numbers only.
  std::istringstream rest{line.substr(end + 3)};
  for (double x; rest >> x;)
    result.push_back(x);
  return result;
}

} // namespace

metrics process_metrics(const std::string& directory, double boot) {
  metrics result;
  auto add = [&](const char* name, double value) {
    result.push_back({name, {}, {}, value});
  };
  // Field numbers as in proc(5), of which `stat_fields` begins with 4.
  auto fields = stat_fields(directory);
  auto field = [&](size_t number) { return fields[number - 4]; };
  auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  if (fields.size() > 24 - 4) {
    add("process_cpu_seconds_total", (field(14) + field(15)) / ticks);
    add("process_threads", field(20));
    if (boot > 0)
      add("process_start_time_seconds", boot + field(22) / ticks);
    add("process_virtual_memory_bytes", field(23));
    add("process_resident_memory_bytes",
        field(24) * static_cast<double>(sysconf(_SC_PAGESIZE)));
  }
  std::error_code error;
  std::filesystem::directory_iterator i{directory + "/fd", error};
  if (!error) {
    double n = 0;
    for (; !error && i != std::filesystem::directory_iterator{};
         i.increment(error))
      ++n;
    add("process_open_fds", n);
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    add("process_max_fds", static_cast<double>(limit.rlim_cur));
  return result;
}

double boot_time() {
  auto seconds = [](clockid_t clock) {
    timespec x{};
    clock_gettime(clock, &x);
    return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_nsec) / 1e9;
  };
  return seconds(CLOCK_REALTIME) - seconds(CLOCK_BOOTTIME);
}

} // namespace rrdflow

#include "actors/serve/api/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <sstream>
#include <vector>

namespace rrdflow {

namespace {

constexpr auto unknown = std::numeric_limits<double>::quiet_NaN();

/// The fields of `stat` by their numbers in proc(5), up to 24 at least; empty
/// if it cannot be read. Those up to the state's letter are 0.
std::vector<double> stat_fields(const std::string& directory) {
  std::ifstream in{directory + "/stat"};
  std::string line;
  std::getline(in, line);
  // The program's name may hold anything.
  auto end = line.rfind(')');
  if (end == std::string::npos || end + 3 > line.size())
    return {};
  std::vector<double> result(4);
  // Behind the name come a space, the state's letter, and numbers only.
  std::istringstream rest{line.substr(end + 3)};
  for (double x; rest >> x;)
    result.push_back(x);
  return result.size() > 24 ? result : std::vector<double>{};
}

/// NaN if the folder cannot be read.
double count_files(const std::string& folder) {
  std::error_code error;
  double result = 0;
  for (std::filesystem::directory_iterator i{folder, error}, end;
       !error && i != end; i.increment(error))
    ++result;
  return error ? unknown : result;
}

} // namespace

process_metrics::process_metrics(metric_registry* registry,
                                 const std::string& directory, double boot) {
  // Adds a field of `stat`, by its number in proc(5).
  auto add_field = [&](const char* name, const char* help,
                       std::function<double(const std::vector<double>&)> f) {
    metrics_.emplace_back(registry, metric_info{name, help}, [=] {
      auto fields = stat_fields(directory);
      return fields.empty() ? unknown : f(fields);
    });
  };
  if (!stat_fields(directory).empty()) {
    auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
    add_field("process_cpu_seconds_total",
              "User and system CPU time in seconds.",
              [=](auto& x) { return (x[14] + x[15]) / ticks; });
    add_field("process_threads", "Number of threads.",
              [](auto& x) { return x[20]; });
    add_field("process_start_time_seconds",
              "When the process started, in seconds since the epoch.",
              [=](auto& x) { return boot + x[22] / ticks; });
    add_field("process_virtual_memory_bytes", "Virtual memory size in bytes.",
              [](auto& x) { return x[23]; });
    add_field("process_resident_memory_bytes", "Resident memory size in bytes.",
              [=](auto& x) { return x[24] * page; });
  }
  if (!std::isnan(count_files(directory + "/fd")))
    metrics_.emplace_back(registry,
                          metric_info{"process_open_fds",
                                      "Number of open file descriptors."},
                          [=] { return count_files(directory + "/fd"); });
  metrics_.emplace_back(
    registry, metric_info{"process_max_fds", "Limit of open file descriptors."},
    [] {
      rlimit limit{};
      return getrlimit(RLIMIT_NOFILE, &limit) == 0
               ? static_cast<double>(limit.rlim_cur)
               : unknown;
    });
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

#include "actors/writer/librrd.hpp"

#include <rrd.h>

#include <charconv>
#include <cstdlib>

namespace rrdflow::librrd {

namespace {

/// librrd's words, without the descriptor's path in front.
caf::error failure(const std::string& path) {
  std::string text = rrd_test_error() ? rrd_get_error() : "";
  rrd_clear_error();
  if (text.rfind(path + ": ", 0) == 0)
    text.erase(0, path.size() + 2);
  // E.g. on a full disk.
  if (text.empty())
    text = "failed without a reason; is the disk full?";
  return fail(ec::rrd_failed, "librrd: " + text);
}

std::string path_of(int fd) {
  return "/proc/self/fd/" + std::to_string(fd);
}

std::string number(double x) {
  char buf[32];
  return {buf, std::to_chars(buf, buf + sizeof(buf), x).ptr};
}

// librrd 1.7.2 makes both when they are first asked for, and says that they are
// made before they are: a second thread that asks meanwhile gets 0. Made here,
// they are there before any thread is.
const double not_a_number = rrd_set_to_DNAN();
[[maybe_unused]] const double infinity = rrd_set_to_DINF();

} // namespace

void initialise() {
  ::unsetenv("RRDCACHED_ADDRESS");
}

double unknown() {
  return not_a_number;
}

caf::error create(int folder, const std::string& name,
                  const file_definition& definition, int64_t last_update) {
  std::vector<std::string> arguments;
  for (const auto& x : definition.sources)
    arguments.push_back("DS:" + x.name + ':' + to_string(x.type) + ':'
                        + std::to_string(x.heartbeat) + ":U:U");
  for (const auto& x : definition.archives)
    arguments.push_back(std::string{"RRA:"} + to_string(x.function) + ':'
                        + number(x.xff) + ':' + std::to_string(x.steps) + ':'
                        + std::to_string(x.rows));
  std::vector<const char*> argv;
  for (const auto& x : arguments)
    argv.push_back(x.c_str());
  auto path = path_of(folder) + '/' + name;
  rrd_clear_error();
  if (rrd_create_r2(path.c_str(), static_cast<unsigned long>(definition.step),
                    last_update, 1, nullptr, nullptr,
                    static_cast<int>(argv.size()), argv.data())
      != 0)
    return failure(path);
  return caf::none;
}

caf::error update(int fd, const std::vector<const char*>& rows) {
  auto path = path_of(fd);
  auto argv = rows;
  rrd_clear_error();
  if (rrd_updatex_r(path.c_str(), nullptr, RRD_SKIP_PAST_UPDATES,
                    static_cast<int>(argv.size()), argv.data())
      != 0)
    return failure(path);
  return caf::none;
}

caf::expected<fetch_result> fetch(int fd, consolidation function, int64_t from,
                                  int64_t to, int64_t resolution) {
  auto path = path_of(fd);
  time_t start = from;
  time_t end = to;
  // 1 is what rrdtool asks for without `-r`.
  auto step = static_cast<unsigned long>(resolution > 0 ? resolution : 1);
  unsigned long sources = 0;
  char** names = nullptr;
  rrd_value_t* values = nullptr;
  rrd_clear_error();
  if (rrd_fetch_r(path.c_str(), to_string(function), &start, &end, &step,
                  &sources, &names, &values)
      != 0)
    return failure(path);
  fetch_result result;
  result.start = start;
  result.step = static_cast<int64_t>(step);
  for (unsigned long i = 0; i < sources; ++i) {
    result.sources.emplace_back(names[i]);
    ::free(names[i]);
  }
  ::free(names);
  auto rows = static_cast<size_t>(end - start) / step;
  result.values.assign(values, values + rows * sources);
  ::free(values);
  return result;
}

} // namespace rrdflow::librrd

#pragma once

#include "messages/writer_values.hpp"

#include <rrd.h>

#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

/// What librrd itself makes of files, to compare with.
namespace rrdflow::test::rrdtool {

/// Makes a file without limits of its sources.
inline void
create(const std::string& path, const file_definition& x, int64_t last_update) {
  auto number = [](double value) {
    char buf[32];
    return std::string{buf, std::to_chars(buf, buf + sizeof(buf), value).ptr};
  };
  std::vector<std::string> arguments;
  for (const auto& y : x.sources)
    arguments.push_back("DS:" + y.name + ':' + to_string(y.type) + ':'
                        + std::to_string(y.heartbeat) + ":U:U");
  for (const auto& y : x.archives)
    arguments.push_back(std::string{"RRA:"} + to_string(y.function) + ':'
                        + number(y.xff) + ':' + std::to_string(y.steps) + ':'
                        + std::to_string(y.rows));
  std::vector<const char*> argv;
  for (const auto& y : arguments)
    argv.push_back(y.c_str());
  rrd_clear_error();
  if (rrd_create_r2(path.c_str(), static_cast<unsigned long>(x.step),
                    last_update, 0, nullptr, nullptr,
                    static_cast<int>(argv.size()), argv.data())
      != 0)
    throw std::runtime_error(rrd_get_error());
}

/// Adds a row ("TIME:VALUE:..."). Returns false on failure.
inline bool update(const std::string& path, const std::string& row) {
  const char* argv[] = {row.c_str()};
  rrd_clear_error();
  return rrd_update_r(path.c_str(), nullptr, 1, argv) == 0;
}

/// `rrdtool fetch PATH CF -s from -e to -r resolution`; a step of 0 if there is
/// no archive of the function.
inline fetch_result fetch(const std::string& path, consolidation function,
                          int64_t from, int64_t to, int64_t resolution) {
  time_t start = from;
  time_t end = to;
  // 1 is what rrdtool asks for without `-r`.
  auto step = static_cast<unsigned long>(resolution > 0 ? resolution : 1);
  unsigned long sources = 0;
  char** names = nullptr;
  rrd_value_t* values = nullptr;
  rrd_clear_error();
  fetch_result result;
  if (rrd_fetch_r(path.c_str(), to_string(function), &start, &end, &step,
                  &sources, &names, &values)
      != 0)
    return result;
  result.start = start;
  result.step = static_cast<int64_t>(step);
  for (unsigned long i = 0; i < sources; ++i) {
    result.sources.emplace_back(names[i]);
    std::free(names[i]);
  }
  std::free(names);
  auto rows = static_cast<size_t>(end - start) / step;
  result.values.assign(values, values + rows * sources);
  std::free(values);
  return result;
}

} // namespace rrdflow::test::rrdtool

#pragma once

#include "config/config_ptr.hpp"
#include "runtime/cli/console.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace rrdflow {

/// What `rrdflow demo` was asked for.
struct demo_options {
  size_t sensors = 500;

  /// Messages a second, of all sensors together.
  double rate = 200;

  /// 0: until a signal.
  double seconds = 0;

  /// Where store and broker live; empty: a temporary one, deleted at the end.
  std::string directory;

  /// Of the page, on loopback.
  uint16_t port = 8081;
};

/// The verbs that need the whole service; each returns an exit code.
struct service_verbs {
  /// `rrdflow run`, with the configuration and the file that it is from.
  std::function<int(const config&, const std::string& file)> run;

  std::function<int(const demo_options&)> demo;
};

/// Does what a command line asks for. Catches everything.
/// @param arguments without the program's name
/// @returns an exit code of sysexits.h
int run_command_line(const std::vector<std::string>& arguments,
                     const service_verbs& verbs, console& terminal);

/// The same for `main`, on the standard streams.
int run_command_line(int argc, char** argv, const service_verbs& verbs);

} // namespace rrdflow

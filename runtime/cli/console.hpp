#pragma once

#include "actors/base/printable.hpp"

#include <istream>
#include <ostream>
#include <string>

namespace rrdflow {

/// What a verb ends with: the codes of sysexits.h.
enum exit_code : int {
  exit_ok = 0,
  /// The command line makes no sense.
  exit_usage = 64,
  /// There is no such series.
  exit_no_input = 66,
  /// The service does not run, or is not ready.
  exit_unavailable = 69,
  /// The service failed.
  exit_software = 70,
  /// Reading or writing failed.
  exit_io = 74,
  /// The token is missing or wrong, or the answer was "no".
  exit_no_permission = 77,
  /// The configuration has mistakes.
  exit_config = 78,
};

/// Where a verb prints and asks.
struct console {
  std::ostream& out;
  std::ostream& err;
  std::istream& in;

  /// Whether `in` is a person.
  bool interactive = false;

  /// Prints "rrdflow: text" as an error and returns `code`.
  int fail(int code, const std::string& text) {
    err << "rrdflow: " << for_terminal(text) << '\n';
    return code;
  }
};

} // namespace rrdflow

#pragma once

#include "actors/base/printable.hpp"

#include <sysexits.h>

#include <istream>
#include <ostream>
#include <string>

namespace rrdflow {

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

#pragma once

#include <istream>
#include <ostream>

namespace rrdflow {

/// Where a verb prints and asks.
struct console {
  std::ostream& out;
  std::ostream& err;
  std::istream& in;

  /// Whether `in` is a person.
  bool interactive = false;
};

} // namespace rrdflow

#pragma once

#include "config/load.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// What became of a .conf of janitoo_datalog_rrd.
struct janitoo_translation {
  /// A configuration that passes `rrdflow check`. What had to change, and what
  /// has no counterpart, is said in comments, with the lines of the .conf.
  std::string toml;

  /// Mistakes in the .conf: with one, there is no TOML.
  std::vector<config_issue> errors;
};

/// Translates a .conf of janitoo_datalog_rrd; `file` only names it.
janitoo_translation
import_janitoo(std::string_view conf, const std::string& file);

} // namespace rrdflow

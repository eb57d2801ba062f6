#pragma once

#include "config/config.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// One mistake in a configuration file, or one warning about it.
struct config_issue {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;
  std::string text;
};

/// "file:line:column: text", or "file: text" without a line.
std::string to_string(const config_issue& x);

/// What reading a configuration gives. Usable if `errors` is empty.
struct loaded_config {
  config value;
  std::vector<config_issue> errors;

  /// Traps: what is allowed but hardly meant, e.g. a wildcard level that the
  /// naming template leaves out.
  std::vector<config_issue> warnings;
};

/// Reads a configuration from its TOML text; `file` only names it in issues.
/// Reports all mistakes, in the order of the file. Throws nothing.
loaded_config parse_config(std::string_view text, const std::string& file);

/// Reads a configuration file; a file that cannot be read is one error.
loaded_config load_config(const std::string& file);

} // namespace rrdflow

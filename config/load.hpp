#pragma once

#include "config/config.hpp"
#include "config/toml_value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// A value that was set at run time: see config/run_time_values.hpp.
struct run_time_value;

/// What reading a configuration gives. Usable if `errors` is empty.
struct loaded_config {
  config value;
  std::vector<config_issue> errors;

  /// The values set at run time that are in force, and those that do not fit
  /// the file any more and why.
  std::vector<std::string> set;
  std::vector<std::string> left_out;

  /// Why the values set at run time could not be read; empty: they could.
  std::string values_unread;

  /// What is allowed but hardly meant, e.g. a wildcard level that the naming
  /// template leaves out.
  std::vector<config_issue> warnings;
};

/// Reads a configuration from its TOML text; `file` only names it in issues.
/// Reports all mistakes, in the order of the file. Throws nothing.
loaded_config parse_config(std::string_view text, const std::string& file);

/// Like parse_config, with values that were set at run time. Those that do not
/// fit are left out.
loaded_config parse_config(std::string_view text, const std::string& file,
                           const std::vector<run_time_value>& values);

/// Like parse_config, of a text that join_texts made: what `config::text` is.
loaded_config
parse_joined_config(std::string_view text, const std::string& file);

/// Reads a configuration file; a file that cannot be read is one error.
loaded_config load_config(const std::string& file);

/// Where the store keeps the values that were set at run time.
std::string run_time_file(const std::string& store);

/// Reads a configuration file and the values that its store keeps.
loaded_config load_config_in_force(const std::string& file);

/// The annotated configuration: every key with its default, and examples.
std::string print_config();

/// The keys that differ and that only a restart applies, e.g. "mqtt.broker".
std::vector<std::string> changed_keys(const config& x, const config& y);

} // namespace rrdflow

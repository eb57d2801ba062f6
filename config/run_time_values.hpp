#pragma once

#include "config/toml_value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// A value that was set at run time. It counts more than what the
/// configuration file says, until it is set again or its entry is deleted.
struct run_time_value {
  /// "datarrd" (the service), "http", "http__rrd" (its pages), or the `node` of
  /// an `[[rrd]]`.
  std::string node;

  /// As Janitoo calls it, e.g. "cache_rrd_ttl".
  std::string key;

  /// A number in digits, or a text.
  std::string value;
};

/// "cache_rrd_ttl of datarrd = 1800".
std::string to_string(const run_time_value& x);

/// What is known of a key that can be set at run time.
struct run_time_key {
  /// A whole number, as most keys are; seconds but for a port.
  bool number = false;

  /// What becomes of messages and rows depends on it.
  bool rules = false;

  /// The table and the key that it sets, e.g. "cache" and "flush_after"; empty:
  /// it is set in a way of its own.
  std::string table{};
  std::string name{};
};

/// Whether values of the node `x` are not those of an `[[rrd]]`, which must not
/// be called so.
bool is_own_node(std::string_view x);

/// Null if the nodes of this kind have no such key.
const run_time_key*
find_run_time_key(const std::string& node, const std::string& key);

/// What the store keeps, as TOML.
std::string print_run_time_values(const std::vector<run_time_value>& xs);

/// Reads what `print_run_time_values` wrote, reporting what is wrong.
std::vector<run_time_value>
parse_run_time_values(issue_list& issues, std::string_view text);

/// Writes the value into the configuration that `root` is, as if it stood
/// there.
/// @returns why that is not possible; empty: it is done
std::string set_run_time_value(toml_value& root, const run_time_value& x);

// A configuration and its run-time values travel through the journal as one
// text.

std::string join_texts(std::string_view file, std::string_view values);

struct separate_texts {
  std::string_view file;
  std::string_view values;
};

separate_texts split_texts(std::string_view x);

} // namespace rrdflow

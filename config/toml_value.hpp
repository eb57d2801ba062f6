#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rrdflow {

/// A place in a configuration file, counted from 1; line 0: the whole file.
struct config_place {
  unsigned line = 0;
  unsigned column = 0;
};

struct toml_member;

/// A value of a TOML file and where it stands. Keeps the reader independent of
/// the library that parses.
struct toml_value {
  enum class kind : uint8_t {
    string,
    integer,
    real,
    boolean,
    array,
    table,
    /// Dates and times, of which no key has any use.
    date,
  };

  kind type = kind::table;
  config_place at;
  std::string text;
  int64_t integer = 0;
  double real = 0;
  bool boolean = false;

  /// Elements of an array.
  std::vector<toml_value> items;

  /// Members of a table, in the order of the file.
  std::vector<toml_member> members;
};

struct toml_member {
  std::string key;
  config_place key_at;
  toml_value value;
};

/// What a person calls a value of this kind, e.g. "a string".
const char* to_string(toml_value::kind x);

/// A TOML document, or where and why it is none.
struct toml_document {
  toml_value root;
  bool good = false;
  config_place failed_at;
  std::string reason;
};

/// Parses a TOML document. Throws nothing.
toml_document parse_toml(std::string_view text);

/// `x` as a basic string of TOML, quotes included.
/// @pre it is UTF-8
std::string toml_quoted(std::string_view x);

} // namespace rrdflow

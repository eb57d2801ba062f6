#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
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

  /// Of an integer, too.
  double real = 0;
  bool boolean = false;

  /// Elements of an array.
  std::vector<toml_value> items;

  /// Members of a table, in the order of the file.
  std::vector<toml_member> members;

  /// The member `key` of a table; null: there is none.
  const toml_value* find(std::string_view key) const;
  toml_value* find(std::string_view key);
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

/// The shortest text that is this number.
std::string toml_number(double x);

/// One mistake in a configuration file, or one warning about it.
struct config_issue {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;
  std::string text;
};

/// "file:line:column: text", or "file: text" without a line.
std::string to_string(const config_issue& x);

/// Collects the mistakes and warnings of one configuration file.
class issue_list {
public:
  explicit issue_list(std::string file) : file_{std::move(file)} {
    // nop
  }

  /// Adds a mistake. The same text at the same place is kept once.
  /// @returns false: what was to be read is not there
  bool error(config_place at, std::string text) {
    errors_.emplace(at.line, at.column, std::move(text));
    return false;
  }

  void warning(config_place at, std::string text) {
    warnings_.emplace(at.line, at.column, std::move(text));
  }

  /// All mistakes so far, in the order of the file.
  std::vector<config_issue> errors() const {
    return list(errors_);
  }

  std::vector<config_issue> warnings() const {
    return list(warnings_);
  }

private:
  // In the order of the file.
  using ordered_issues = std::set<std::tuple<unsigned, unsigned, std::string>>;

  std::vector<config_issue> list(const ordered_issues& issues) const;

  std::string file_;
  ordered_issues errors_;
  ordered_issues warnings_;
};

} // namespace rrdflow

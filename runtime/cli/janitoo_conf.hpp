#pragma once

#include "config/load.hpp"

#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// One key of a section.
struct conf_entry {
  std::string value;
  unsigned line = 0;

  /// The translation has read it.
  bool used = false;
};

/// A section of a .conf, or one that is missing and has no keys. Reading a key
/// marks it as used.
struct conf_section {
  std::string name;

  /// 0: the section is missing.
  unsigned line = 0;

  /// By key, in lower case.
  std::map<std::string, conf_entry> keys;

  /// A part of the translation.
  bool used = false;

  /// The entry, or null if it is missing or empty.
  const conf_entry* find(const std::string& key);

  std::string text(const std::string& key, const std::string& otherwise = "");

  /// Whether the text is what Python's getboolean takes for true.
  bool flag(const std::string& key, bool otherwise = false);
};

/// A .conf of the original, read as Python's RawConfigParser does: "=" or ":"
/// behind a key; "#", ";" and "rem" in front of comments; a line that begins
/// with a blank goes on with the value before; [DEFAULT] counts for all.
class janitoo_conf {
public:
  /// `file` only names it.
  janitoo_conf(std::string_view text, std::string file);

  /// In the order of the file.
  std::list<conf_section> sections;

  /// What Python would refuse, too, and what the translation added.
  std::vector<config_issue> errors;

  /// Null if there is none of this name.
  conf_section* find(std::string_view name);

  /// Marks a section as used. Returns an empty one if there is none of this
  /// name.
  conf_section& use(std::string_view name);

  /// A whole number within [min, max], "60.0" included; `otherwise` if it is
  /// missing, or wrong, which is an error.
  int64_t number(conf_section& section, const std::string& key,
                 int64_t otherwise, int64_t min, int64_t max);

  /// An address like "0014/0001"; empty if it is missing or wrong, which is an
  /// error.
  std::string address(conf_section& section, const std::string& key);

  /// Adds a mistake.
  void error(unsigned line, std::string text);
  void error(const conf_section& section, const std::string& key,
             const std::string& text);

private:
  class parser;

  std::string file_;
  std::list<conf_section> missing_;
};

} // namespace rrdflow

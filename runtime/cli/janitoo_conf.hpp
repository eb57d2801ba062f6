#pragma once

#include "config/load.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// One key of a section.
struct conf_entry {
  std::string value;
  unsigned line = 0;

  /// Somebody asked for it.
  bool used = false;
};

struct conf_section {
  std::string name;
  unsigned line = 0;

  /// By key, in lower case.
  std::map<std::string, conf_entry> keys;

  bool used = false;
};

/// A .conf of the original, read as Python's RawConfigParser does: "=" or ":"
/// behind a key; "#", ";" and "rem" in front of comments; a line that begins
/// with a blank goes on with the value before; [DEFAULT] counts for all.
struct janitoo_conf {
  std::string file;

  /// In the order of the file.
  std::vector<conf_section> sections;

  /// What Python would refuse, too, and what was added while translating.
  std::vector<config_issue> errors;

  /// Null if there is none of this name.
  conf_section* find(std::string_view name);

  void error(unsigned line, std::string text);
};

janitoo_conf parse_janitoo_conf(std::string_view text, std::string file);

/// Asks for the keys of a section, which may be missing, and notes which were
/// asked for. Mistakes name file, line, section and key.
class conf_reader {
public:
  conf_reader(janitoo_conf& conf, conf_section* section);

  explicit operator bool() const noexcept {
    return section_ != nullptr;
  }

  /// The entry, or null if it is missing or empty.
  const conf_entry* find(const std::string& key);

  std::string text(const std::string& key, const std::string& otherwise = "");

  /// Whether the text is what Python's getboolean takes for true.
  bool flag(const std::string& key, bool otherwise);

  /// A whole number within [min, max], "60.0" included; `otherwise` if it is
  /// missing, or wrong, which is an error.
  int64_t
  number(const std::string& key, int64_t otherwise, int64_t min, int64_t max);

  /// An address like "0014/0001"; empty if it is missing or wrong.
  std::string address(const std::string& key);

  void error(const std::string& key, const std::string& text);

private:
  janitoo_conf& conf_;
  conf_section* section_;
};

} // namespace rrdflow

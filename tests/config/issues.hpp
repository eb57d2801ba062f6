#pragma once

#include "config/load.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rrdflow::test {

/// Issues as "line:column: text".
inline std::vector<std::string> lines(const std::vector<config_issue>& issues) {
  std::vector<std::string> result;
  for (auto& x : issues)
    result.push_back(std::to_string(x.line) + ':' + std::to_string(x.column)
                     + ": " + x.text);
  return result;
}

/// Addresses as they are written.
inline std::vector<std::string>
texts(const std::vector<listen_address>& addresses) {
  std::vector<std::string> result;
  for (auto& x : addresses)
    result.push_back(x.text);
  return result;
}

inline std::vector<std::string> errors(std::string_view text) {
  return lines(parse_config(text, "x.toml").errors);
}

inline std::vector<std::string> warnings(std::string_view text) {
  return lines(parse_config(text, "x.toml").warnings);
}

/// The first mistake in `text`, "" if there is none.
inline std::string first_error(std::string_view text) {
  auto all = errors(text);
  return all.empty() ? "" : all.front();
}

/// The first mistake in a rule with the given further lines; the rule's own
/// take the first three lines.
inline std::string rule_error(const std::string& more) {
  return first_error("[[rule]]\nname = 'a'\ntopics = ['a/+']\n" + more);
}

} // namespace rrdflow::test

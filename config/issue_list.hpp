#pragma once

#include "config/load.hpp"
#include "config/toml_value.hpp"

#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace rrdflow {

/// Collects the mistakes and warnings of one configuration file, and which
/// keys its readers know.
class issue_list {
public:
  explicit issue_list(std::string file) : file_{std::move(file)} {
    // nop
  }

  /// Adds a mistake. The same text at the same place is kept once.
  void error(config_place at, std::string text);

  void warning(config_place at, std::string text);

  /// Notes that a reader knows this key, e.g. "rule.fields.path".
  void know(std::string key) {
    known_.insert(std::move(key));
  }

  const std::set<std::string>& known() const noexcept {
    return known_;
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
  std::set<std::string> known_;
};

} // namespace rrdflow

#include "config/issue_list.hpp"

namespace rrdflow {

void issue_list::error(config_place at, std::string text) {
  errors_.emplace(at.line, at.column, std::move(text));
}

void issue_list::warning(config_place at, std::string text) {
  warnings_.emplace(at.line, at.column, std::move(text));
}

std::vector<config_issue> issue_list::list(const ordered_issues& issues) const {
  std::vector<config_issue> result;
  for (auto& [line, column, text] : issues)
    result.push_back({file_, line, column, text});
  return result;
}

} // namespace rrdflow

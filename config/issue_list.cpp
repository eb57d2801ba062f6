#include "config/issue_list.hpp"

#include <algorithm>
#include <tuple>

namespace rrdflow {

void issue_list::error(config_place at, std::string text) {
  add(errors_, at, std::move(text));
}

void issue_list::warning(config_place at, std::string text) {
  add(warnings_, at, std::move(text));
}

void issue_list::add(std::vector<config_issue>& list, config_place at,
                     std::string text) {
  for (auto& x : list)
    if (x.line == at.line && x.column == at.column && x.text == text)
      return;
  list.push_back({file_, at.line, at.column, std::move(text)});
}

std::vector<config_issue> issue_list::sorted(std::vector<config_issue> list) {
  std::stable_sort(
    list.begin(), list.end(), [](const config_issue& x, const config_issue& y) {
      return std::tie(x.line, x.column) < std::tie(y.line, y.column);
    });
  return list;
}

} // namespace rrdflow

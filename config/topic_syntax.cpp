#include "config/topic_syntax.hpp"

namespace rrdflow {

std::vector<std::string_view> topic_levels(std::string_view x) {
  std::vector<std::string_view> result;
  while (true) {
    auto slash = x.find('/');
    result.push_back(x.substr(0, slash));
    if (slash == std::string_view::npos)
      return result;
    x.remove_prefix(slash + 1);
  }
}

std::string topic_filter_mistake(std::string_view x) {
  if (x.empty())
    return "it is empty";
  if (x.size() > 65535)
    return "it is longer than 65535 bytes";
  if (x.find('\0') != std::string_view::npos)
    return "it contains a zero byte";
  if (x.substr(0, 7) == "$share/")
    return "shared subscriptions are not built yet";
  auto levels = topic_levels(x);
  for (size_t i = 0; i < levels.size(); ++i) {
    auto level = levels[i];
    if (level == "#" && i + 1 < levels.size())
      return "\"#\" must be the last level";
    if (level.size() > 1 && level.find_first_of("+#") != std::string_view::npos)
      return "a wildcard must be a whole level, not \"" + std::string{level}
             + '"';
  }
  return {};
}

bool covers(std::string_view wide, std::string_view narrow) {
  // Wildcards in front do not match topics like $SYS.
  if (narrow.front() == '$' && (wide.front() == '+' || wide.front() == '#'))
    return false;
  auto xs = topic_levels(wide);
  auto ys = topic_levels(narrow);
  for (size_t i = 0;; ++i) {
    if (i < xs.size() && xs[i] == "#")
      return true;
    if (i == xs.size() || i == ys.size())
      // "a/#" matches "a", too.
      return i == ys.size()
             && (i == xs.size() || (i + 1 == xs.size() && xs[i] == "#"));
    if (ys[i] == "#" || (xs[i] != "+" && xs[i] != ys[i]))
      return false;
  }
}

bool overlap(std::string_view x, std::string_view y) {
  auto is_wild
    = [](std::string_view z) { return z.front() == '+' || z.front() == '#'; };
  if ((x.front() == '$' && is_wild(y)) || (y.front() == '$' && is_wild(x)))
    return false;
  auto xs = topic_levels(x);
  auto ys = topic_levels(y);
  for (size_t i = 0;; ++i) {
    if ((i < xs.size() && xs[i] == "#") || (i < ys.size() && ys[i] == "#"))
      return true;
    if (i == xs.size() || i == ys.size())
      return xs.size() == ys.size();
    if (xs[i] != "+" && ys[i] != "+" && xs[i] != ys[i])
      return false;
  }
}

} // namespace rrdflow

#include "runtime/cli/metric_lines.hpp"

#include "actors/serve/api/json_writer.hpp"

#include <charconv>
#include <limits>
#include <optional>

namespace rrdflow {

namespace {

// Length of the labels at the front of `x`, which begins with a brace; braces
// within quotes do not count.
size_t labels_size(std::string_view x) {
  auto quoted = false;
  for (size_t i = 0; i < x.size(); ++i) {
    if (quoted && x[i] == '\\')
      ++i;
    else if (x[i] == '"')
      quoted = !quoted;
    else if (!quoted && x[i] == '}')
      return i + 1;
  }
  return 0;
}

std::optional<metric_line> parse_line(std::string_view x) {
  if (x.empty() || x.front() == '#')
    return std::nullopt;
  metric_line result;
  auto name_size = x.find_first_of("{ ");
  if (name_size == std::string_view::npos || name_size == 0)
    return std::nullopt;
  result.name = x.substr(0, name_size);
  x.remove_prefix(name_size);
  if (x.front() == '{') {
    auto n = labels_size(x);
    result.labels = x.substr(0, n);
    x.remove_prefix(n);
  }
  auto begin = x.find_first_not_of(' ');
  if (begin == 0 || begin == std::string_view::npos)
    return std::nullopt;
  x.remove_prefix(begin);
  // A time may follow.
  result.value = x.substr(0, x.find(' '));
  return result;
}

} // namespace

std::vector<metric_line> parse_metric_lines(std::string_view text) {
  std::vector<metric_line> result;
  while (!text.empty()) {
    auto end = text.find('\n');
    if (auto x = parse_line(text.substr(0, end)))
      result.push_back(std::move(*x));
    if (end == std::string_view::npos)
      break;
    text.remove_prefix(end + 1);
  }
  return result;
}

std::string metrics_json(const std::vector<metric_line>& lines) {
  json_writer out;
  out.begin_object();
  for (auto& x : lines) {
    // What is no number at all becomes null, like NaN.
    auto value = std::numeric_limits<double>::quiet_NaN();
    std::from_chars(x.value.data(), x.value.data() + x.value.size(), value);
    out.member(x.name + x.labels, value);
  }
  out.end_object();
  return out.take() + '\n';
}

} // namespace rrdflow

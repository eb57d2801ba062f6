#include "runtime/cli/metric_lines.hpp"

#include <charconv>
#include <cmath>
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

// Whether JSON takes the number as it is written.
bool is_number(const std::string& x) {
  double value = 0;
  auto [end, error] = std::from_chars(x.data(), x.data() + x.size(), value);
  return error == std::errc{} && end == x.data() + x.size()
         && std::isfinite(value) && x.front() != '.' && x.back() != '.';
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

std::string json_string(std::string_view x) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string result = "\"";
  for (auto c : x) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      result += {'\\', c};
    else if (byte < 0x20)
      result += {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
    else
      result += c;
  }
  return result + '"';
}

std::string metrics_json(const std::vector<metric_line>& lines) {
  std::string result = "{";
  for (auto& x : lines) {
    result += result.size() > 1 ? ",\n " : "\n ";
    result += json_string(x.name + x.labels) + ": "
              + (is_number(x.value) ? x.value : "null");
  }
  return result + "\n}\n";
}

} // namespace rrdflow

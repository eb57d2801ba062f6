#include "runtime/cli/metric_lines.hpp"

#include "actors/base/json_writer.hpp"

#include <charconv>
#include <limits>
#include <optional>

namespace rrdflow {

namespace {

/// Where the key of a line ends: at its first blank outside of quotes.
size_t key_size(std::string_view x) {
  auto quoted = false;
  for (size_t i = 0; i < x.size(); ++i) {
    if (quoted && x[i] == '\\')
      ++i;
    else if (x[i] == '"')
      quoted = !quoted;
    else if (!quoted && x[i] == ' ')
      return i;
  }
  return 0;
}

std::optional<metric_line> parse_line(std::string_view x) {
  auto size = key_size(x);
  auto key = x.substr(0, size);
  if (key.empty() || key.front() == '#'
      || (key.find('{') != key.npos && key.back() != '}'))
    return std::nullopt;
  auto value = x.substr(size + 1);
  // A time may follow.
  return metric_line{std::string{key},
                     std::string{value.substr(0, value.find(' '))}};
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
    out.member(x.key, value);
  }
  out.end_object();
  return out.take() + '\n';
}

} // namespace rrdflow

#include "actors/serve/api/data_request.hpp"

#include "actors/base/calendar.hpp"
#include "actors/base/json_writer.hpp"
#include "config/ascii.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace rrdflow {

namespace {

std::optional<consolidation> parse_function(std::string_view text) {
  auto x = to_lower(text);
  if (x == "average" || x == "avg")
    return consolidation::average;
  if (x == "min")
    return consolidation::min;
  if (x == "max")
    return consolidation::max;
  if (x == "last")
    return consolidation::last;
  return std::nullopt;
}

caf::error bad(std::string text) {
  return fail(ec::bad_request, std::move(text));
}

caf::error too_many() {
  return bad("more than " + std::to_string(max_points)
             + " points: ask for a shorter range or fewer points");
}

} // namespace

caf::expected<data_request>
parse_data_request(const http_parameters& xs, int64_t now) {
  data_request result;
  auto& read = result.read;
  read.max_points = max_points;
  for (auto* once : {"series", "from", "to", "points", "cf", "format"})
    if (count(xs, once) > 1)
      return bad(std::string{once} + ": given more than once");
  auto* series = find(xs, "series");
  if (series == nullptr || series->empty())
    return bad("series: missing");
  result.series = *series;
  read.to = now;
  if (auto* x = find(xs, "to"); x != nullptr && !x->empty()) {
    auto time = parse_time(*x, now);
    if (!time)
      return bad("to: neither epoch seconds nor ISO 8601 nor like -1h");
    read.to = *time;
  }
  read.from = read.to - 3600;
  if (auto* x = find(xs, "from"); x != nullptr && !x->empty()) {
    auto time = parse_time(*x, now);
    if (!time)
      return bad("from: neither epoch seconds nor ISO 8601 nor like -1h");
    read.from = *time;
  }
  if (read.from < 0 || read.from >= read.to)
    return bad("from: not before to");
  if (auto* x = find(xs, "points"); x != nullptr && !x->empty()) {
    int64_t points = 0;
    auto end = x->data() + x->size();
    auto [stop, error] = std::from_chars(x->data(), end, points);
    if (error != std::errc{} || stop != end || points < 1
        || points > max_points)
      return bad("points: not a number from 1 to "
                 + std::to_string(max_points));
    read.resolution = (read.to - read.from) / points;
  }
  if (auto* x = find(xs, "cf"); x != nullptr && !x->empty()) {
    read.functions.clear();
    for (std::string_view rest{*x}; !rest.empty();) {
      auto end = std::min(rest.find(','), rest.size());
      auto function = parse_function(rest.substr(0, end));
      if (!function)
        return bad("cf: not average, min, max or last");
      read.functions.push_back(*function);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (read.functions.empty() || read.functions.size() > 4)
      return bad("cf: not one to four functions");
  }
  if (auto* x = find(xs, "format"); x != nullptr && !x->empty()) {
    auto format = to_lower(*x);
    if (format == "csv")
      result.format = data_format::csv;
    else if (format == "columns")
      result.format = data_format::columns;
    else if (format != "json")
      return bad("format: not json, csv or columns");
  }
  if (read.functions.size() > 1 && result.format != data_format::columns)
    return bad("cf: several functions need format=columns");
  return result;
}

caf::expected<http_response>
format_data(const fetch_result& x, size_t column, data_format format) {
  auto columns = std::max<size_t>(x.sources.size(), 1);
  auto rows = x.values.size() / columns;
  if (column >= columns)
    return fail(ec::not_found, "the file has no such source");
  // The borders of the range may add a point each.
  if (rows > max_points + 2)
    return too_many();
  http_response result;
  auto& out = result.body;
  auto json = format == data_format::json;
  out.reserve(rows * (json ? 56 : 40) + 16);
  if (!json)
    result.content_type = "text/csv; charset=utf-8; header=present";
  out += json ? "[" : "time,value\n";
  for (size_t i = 0; i < rows; ++i) {
    auto value = x.values[i * columns + column];
    if (json)
      out += i == 0 ? "{\"time\":\"" : ",\n{\"time\":\"";
    append_iso(out, x.start + static_cast<int64_t>(i + 1) * x.step);
    out += json ? "\",\"value\":" : ",";
    append_number(out, value, json ? "null" : "");
    out += json ? '}' : '\n';
  }
  if (json)
    out += "]\n";
  return result;
}

caf::expected<http_response>
format_columns(const std::vector<consolidation>& functions,
               const std::vector<fetch_result>& results, size_t column) {
  auto& first = results.front();
  auto columns = std::max<size_t>(first.sources.size(), 1);
  auto rows = first.values.size() / columns;
  if (rows > max_points + 2)
    return too_many();
  http_response result;
  auto& out = result.body;
  out.reserve(rows * results.size() * 12 + 128);
  out += "{\"start\":";
  append_number(out, first.start);
  out += ",\"step\":";
  append_number(out, first.step);
  for (size_t i = 0; i < results.size(); ++i) {
    auto& x = results[i];
    if (x.start != first.start || x.step != first.step
        || x.values.size() != first.values.size() || column >= columns)
      continue;
    out += ",\"" + to_lower(to_string(functions[i])) + "\":[";
    for (size_t row = 0; row < rows; ++row) {
      if (row > 0)
        out += ',';
      append_number(out, x.values[row * columns + column], "null");
    }
    out += ']';
  }
  out += "}\n";
  return result;
}

} // namespace rrdflow

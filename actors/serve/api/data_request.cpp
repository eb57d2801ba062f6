#include "actors/serve/api/data_request.hpp"

#include "actors/base/calendar.hpp"
#include "actors/serve/api/json_writer.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace rrdflow {

namespace {

std::string lower(std::string x) {
  for (auto& c : x)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return x;
}

std::optional<consolidation> parse_function(const std::string& text) {
  auto x = lower(text);
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

/// Rounds up.
int64_t quotient(int64_t x, int64_t y) {
  return (x + y - 1) / y;
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
  for (auto* once : {"series", "from", "to", "points", "cf", "format"})
    if (count(xs, once) > 1)
      return bad(std::string{once} + ": given more than once");
  auto* series = find(xs, "series");
  if (series == nullptr || series->empty())
    return bad("series: missing");
  result.series = *series;
  result.to = now;
  if (auto* x = find(xs, "to"); x != nullptr && !x->empty()) {
    auto time = parse_time(*x, now);
    if (!time)
      return bad("to: neither epoch seconds nor ISO 8601 nor like -1h");
    result.to = *time;
  }
  result.from = result.to - 3600;
  if (auto* x = find(xs, "from"); x != nullptr && !x->empty()) {
    auto time = parse_time(*x, now);
    if (!time)
      return bad("from: neither epoch seconds nor ISO 8601 nor like -1h");
    result.from = *time;
  }
  if (result.from < 0 || result.from >= result.to)
    return bad("from: not before to");
  if (auto* x = find(xs, "points"); x != nullptr && !x->empty()) {
    int64_t points = 0;
    auto end = x->data() + x->size();
    auto read = std::from_chars(x->data(), end, points);
    if (read.ec != std::errc{} || read.ptr != end || points < 1
        || points > max_points)
      return bad("points: not a number from 1 to "
                 + std::to_string(max_points));
    result.resolution = (result.to - result.from) / points;
  }
  if (auto* x = find(xs, "cf"); x != nullptr && !x->empty()) {
    result.functions.clear();
    for (std::string_view rest{*x}; !rest.empty();) {
      auto end = std::min(rest.find(','), rest.size());
      auto function = parse_function(std::string{rest.substr(0, end)});
      if (!function)
        return bad("cf: not average, min, max or last");
      result.functions.push_back(*function);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (result.functions.empty() || result.functions.size() > 4)
      return bad("cf: not one to four functions");
  }
  if (auto* x = find(xs, "format"); x != nullptr && !x->empty()) {
    auto format = lower(*x);
    if (format == "csv")
      result.format = data_format::csv;
    else if (format == "columns")
      result.format = data_format::columns;
    else if (format != "json")
      return bad("format: not json, csv or columns");
  }
  if (result.functions.size() > 1 && result.format != data_format::columns)
    return bad("cf: several functions need format=columns");
  return result;
}

caf::expected<int64_t>
bounded_resolution(const data_request& x, const file_definition& file,
                   int64_t now) {
  struct candidate {
    int64_t step;
    int64_t span;
  };
  std::vector<candidate> archives;
  for (auto& a : file.archives) {
    auto step = file.step * static_cast<int64_t>(a.steps);
    // librrd takes the finest archive for any function.
    if ((a.function == x.functions.front() || a.steps == 1) && step > 0)
      archives.push_back({step, step * static_cast<int64_t>(a.rows)});
  }
  if (archives.empty())
    return bad("cf: the file has no archive of this function");
  std::sort(archives.begin(), archives.end(),
            [](auto& a, auto& b) { return a.step < b.step; });
  auto range = x.to - x.from;
  // Whichever archive librrd takes, it is not too fine.
  if (quotient(range, archives.front().step) <= max_points)
    return x.resolution;
  auto fits = [&](auto& a) {
    return a.step >= x.resolution && quotient(range, a.step) <= max_points;
  };
  auto best = std::find_if(archives.begin(), archives.end(), fits);
  if (best == archives.end())
    best = std::find_if(archives.begin(), archives.end(), [&](auto& a) {
      return quotient(range, a.step) <= max_points;
    });
  if (best == archives.end())
    return too_many();
  // librrd prefers an archive that reaches back far enough, however fine.
  auto reaches_further = [&](auto& a) {
    return a.step < best->step && a.span > best->span
           && quotient(range, a.step) > max_points;
  };
  if (x.from < now - best->span
      && std::any_of(archives.begin(), archives.end(), reaches_further))
    return too_many();
  return best->step;
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
format_columns(const std::vector<std::pair<consolidation, fetch_result>>& xs,
               size_t column) {
  auto& first = xs.front().second;
  auto columns = std::max<size_t>(first.sources.size(), 1);
  auto rows = first.values.size() / columns;
  if (rows > max_points + 2)
    return too_many();
  http_response result;
  auto& out = result.body;
  out.reserve(rows * xs.size() * 12 + 128);
  out += "{\"start\":";
  append_number(out, first.start);
  out += ",\"step\":";
  append_number(out, first.step);
  for (auto& [function, x] : xs) {
    if (x.start != first.start || x.step != first.step
        || x.values.size() != first.values.size() || column >= columns)
      continue;
    out += ",\"" + lower(to_string(function)) + "\":[";
    for (size_t i = 0; i < rows; ++i) {
      if (i > 0)
        out += ',';
      append_number(out, x.values[i * columns + column], "null");
    }
    out += ']';
  }
  out += "}\n";
  return result;
}

} // namespace rrdflow

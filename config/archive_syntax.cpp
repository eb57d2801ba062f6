#include "config/archive_syntax.hpp"

#include "config/units.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace rrdflow {

namespace {

using limit = std::numeric_limits<uint32_t>;

// 800 MB for one source: more is taken for a mistake.
constexpr int64_t most_rows = 100'000'000;

std::optional<consolidation> parse_function(std::string_view x) {
  for (auto y : {consolidation::average, consolidation::min, consolidation::max,
                 consolidation::last})
    if (x == to_string(y))
      return y;
  return std::nullopt;
}

std::vector<std::string_view> split(std::string_view x, char separator) {
  std::vector<std::string_view> result;
  while (true) {
    auto i = x.find(separator);
    if (i > 0)
      result.push_back(x.substr(0, i));
    if (i == std::string_view::npos)
      return result;
    x.remove_prefix(i + 1);
  }
}

template <class T>
bool parse_number(std::string_view x, T& value) {
  auto end = x.data() + x.size();
  auto [last, error] = std::from_chars(x.data(), end, value);
  return !x.empty() && error == std::errc{} && last == end;
}

parsed_archives parse_plain(std::string_view text) {
  parsed_archives result;
  auto parts = split(text, ':');
  archive_definition x;
  auto function = parts.size() == 5 ? parse_function(parts[1]) : std::nullopt;
  if (!function || !parse_number(parts[2], x.xff)
      || !parse_number(parts[3], x.steps) || !parse_number(parts[4], x.rows))
    result.mistake = "it is not like \"RRA:AVERAGE:0.5:1:8640\" (AVERAGE, MIN, "
                     "MAX or LAST, xff, steps, rows)";
  else if (!(x.xff >= 0 && x.xff < 1))
    result.mistake = "its xff must be at least 0 and below 1";
  else if (x.steps == 0 || x.rows == 0 || x.rows > most_rows)
    result.mistake = "it needs at least one step, and 1 to 100000000 rows";
  else {
    x.function = *function;
    result.archives.push_back(x);
  }
  return result;
}

std::optional<int64_t> whole_seconds(std::string_view text) {
  auto x = parse_duration(text);
  if (!x || x->count() <= 0 || x->count() % 1000 != 0)
    return std::nullopt;
  return x->count() / 1000;
}

void add_all(std::vector<archive_definition>& list, double xff, int64_t steps,
             int64_t rows) {
  for (auto function :
       {consolidation::average, consolidation::min, consolidation::max})
    list.push_back({function, xff, static_cast<uint32_t>(steps),
                    static_cast<uint32_t>(rows)});
}

// The first even resolution of at least `seconds`, a multiple of `step`.
int64_t even_resolution(int64_t seconds, int64_t step) {
  constexpr int64_t m = 60, h = 3600;
  for (auto x : {m, 2 * m, 5 * m, 10 * m, 15 * m, 30 * m, h, 2 * h, 3 * h,
                 6 * h, 12 * h, 24 * h})
    if (x >= seconds && x % step == 0)
      return x;
  return (seconds + step - 1) / step * step;
}

} // namespace

parsed_archives parse_archive(std::string_view text, int64_t step, double xff) {
  if (text.substr(0, 4) == "RRA:")
    return parse_plain(text);
  parsed_archives result;
  auto words = split(text, ' ');
  std::optional<int64_t> resolution, span;
  if ((words.size() == 3 || words.size() == 4) && words[1] == "for") {
    resolution = whole_seconds(words[0]);
    span = whole_seconds(words[2]);
  }
  if (!resolution || !span) {
    result.mistake = "it is not like \"10s for 1d\", \"10s for 1d LAST\" or "
                     "\"RRA:AVERAGE:0.5:1:8640\"";
    return result;
  }
  auto rows = (*span + *resolution - 1) / *resolution;
  if (*resolution % step != 0)
    result.mistake = "its resolution must be a multiple of the step, "
                     + print_duration(std::chrono::seconds{step});
  else if (*span < *resolution)
    result.mistake = "it must last for one row at least";
  else if (rows > most_rows || *resolution / step > limit::max())
    result.mistake = "it has more than 100000000 rows";
  else if (words.size() == 3)
    add_all(result.archives, xff, *resolution / step, rows);
  else if (auto function = parse_function(words[3]))
    result.archives.push_back({*function, xff,
                               static_cast<uint32_t>(*resolution / step),
                               static_cast<uint32_t>(rows)});
  else
    result.mistake
      = "\"" + std::string{words[3]} + "\" is none of AVERAGE, MIN, MAX, LAST";
  return result;
}

std::vector<archive_definition> default_archives(int64_t step, double xff) {
  constexpr int64_t day = 86400, longest = 2 * 365 * day;
  std::vector<archive_definition> result;
  int64_t span = 0;
  auto add = [&](int64_t resolution, int64_t rows) {
    // Only what reaches further back is of use.
    if (resolution * rows <= span)
      return;
    add_all(result, xff, resolution / step, rows);
    span = resolution * rows;
  };
  add(step, std::clamp(day / step, int64_t{1440}, int64_t{8640}));
  auto resolution = even_resolution(std::max<int64_t>(60, 5 * step), step);
  // A week of minutes.
  add(resolution, std::min<int64_t>(10080, longest / resolution));
  resolution = even_resolution(std::max<int64_t>(3600, 5 * resolution), step);
  add(resolution, longest / resolution);
  return result;
}

std::vector<archive_definition> original_archives(double xff) {
  std::vector<archive_definition> result;
  for (auto function :
       {consolidation::average, consolidation::max, consolidation::min})
    for (auto steps : {1u, 12u, 144u, 288u})
      result.push_back({function, xff, steps, 1440});
  return result;
}

} // namespace rrdflow

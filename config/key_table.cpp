#include "config/key_table.hpp"

#include "config/ascii.hpp"
#include "config/units.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace rrdflow {

namespace {

using kind = toml_value::kind;

std::string quoted(std::string_view x) {
  return '"' + std::string{x} + '"';
}

/// Whether `x` is of the kind `expected`; reports if not.
bool is(kind expected, issue_list& issues, const std::string& name,
        const toml_value& x) {
  return x.type == expected
         || issues.error(x.at, name + " must be " + to_string(expected)
                                 + ", not " + to_string(x.type));
}

template <class T>
value_type<T> duration(T min, T max) {
  value_type<T> result;
  result.duration = true;
  result.read = [=](issue_list& issues, const std::string& name,
                    const toml_value& x, T& out) {
    if (x.type == kind::integer)
      return issues.error(x.at, name + " needs a unit: write \""
                                  + std::to_string(x.integer)
                                  + "s\" for seconds");
    if (x.type != kind::string)
      return issues.error(x.at, name + " must be a duration like \"10s\", not "
                                  + to_string(x.type));
    auto value = parse_duration(x.text);
    if (!value)
      return issues.error(x.at, name + ": " + quoted(x.text)
                                  + " is no duration (units: ms s m h d w y)");
    if (*value < min || *value > max)
      return issues.error(x.at, name + " must be from " + print_duration(min)
                                  + " to " + print_duration(max) + ", not "
                                  + quoted(x.text));
    out = std::chrono::duration_cast<T>(*value);
    return out == *value
           || issues.error(x.at, name + " must be whole seconds, not "
                                   + quoted(x.text));
  };
  result.print = [](T x) { return quoted(print_duration(x)); };
  return result;
}

// Levenshtein's distance; the case of letters does not count, and two
// neighbours that changed places count once.
size_t distance(std::string_view x, std::string_view y) {
  std::vector<size_t> before, last(y.size() + 1), now(y.size() + 1);
  std::iota(last.begin(), last.end(), size_t{0});
  for (size_t i = 1; i <= x.size(); ++i) {
    now[0] = i;
    for (size_t j = 1; j <= y.size(); ++j) {
      auto differ = to_lower(x[i - 1]) != to_lower(y[j - 1]);
      now[j]
        = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + size_t{differ}});
      if (i > 1 && j > 1 && to_lower(x[i - 1]) == to_lower(y[j - 2])
          && to_lower(x[i - 2]) == to_lower(y[j - 1]))
        now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before = last;
    last = now;
  }
  return last[y.size()];
}

} // namespace

// ---- tables -----------------------------------------------------------------

config_place table_view::place(std::string_view key) const {
  auto x = value.find(key);
  return x ? x->at : value.at;
}

config_place
table_view::place(std::string_view key, std::string_view item) const {
  if (auto x = value.find(key))
    for (auto& y : x->items)
      if (y.type == kind::string && y.text == item)
        return y.at;
  return place(key);
}

void table_view::error(const std::string& key,
                       const std::string& mistake) const {
  if (!mistake.empty())
    issues.error(place(key), key + ": " + mistake);
}

void table_view::report_unknown(const std::vector<std::string>& known) const {
  for (auto& x : value.members)
    if (std::find(known.begin(), known.end(), x.key) == known.end())
      issues.error(x.key_at, "unknown key " + quoted(x.key)
                               + (path.empty() ? "" : " in " + path)
                               + did_you_mean(x.key, known));
}

bool is_table(issue_list& issues, const std::string& name,
              const toml_value& x) {
  return is(kind::table, issues, name, x);
}

bool are_tables(issue_list& issues, const std::string& name,
                const toml_value& x, const std::string& example) {
  auto good = x.type == kind::array;
  for (auto& item : x.items)
    good = good && item.type == kind::table;
  if (good)
    return true;
  if (example.empty())
    return issues.error(x.at, "write [[" + name
                                + "]], with two brackets, for each " + name);
  if (!is(kind::array, issues, name, x))
    return false;
  for (auto& item : x.items)
    if (item.type != kind::table)
      issues.error(item.at, name + " must hold tables like " + example
                              + ", not " + to_string(item.type));
  return true;
}

void add_comment(std::string& out, std::string_view words) {
  constexpr size_t width = 78;
  while (!words.empty()) {
    auto end = std::min(words.find('\n'), words.size());
    if (end > width)
      end = std::min(words.rfind(' ', width), end);
    add_lines(out, words.substr(0, end), end == 0 ? "#" : "# ");
    words.remove_prefix(std::min(end + 1, words.size()));
  }
}

void add_lines(std::string& out, std::string_view lines, const char* mark) {
  do {
    auto end = std::min(lines.find('\n'), lines.size());
    out += mark;
    out += lines.substr(0, end);
    out += '\n';
    lines.remove_prefix(std::min(end + 1, lines.size()));
  } while (!lines.empty());
}

// ---- types of values --------------------------------------------------------

value_type<bool> boolean() {
  value_type<bool> result;
  result.read = [](auto& issues, auto& name, auto& x, bool& out) {
    out = x.boolean;
    return is(kind::boolean, issues, name, x);
  };
  result.print = [](bool x) { return x ? "true" : "false"; };
  return result;
}

value_type<std::string> text(value_check<std::string> check) {
  value_type<std::string> result;
  result.read = [=](auto& issues, auto& name, auto& x, auto& out) {
    if (!is(kind::string, issues, name, x))
      return false;
    out = x.text;
    auto why = check ? check(out) : std::string{};
    return why.empty() || issues.error(x.at, name + ": " + why);
  };
  result.print = [](auto& x) { return toml_quoted(x); };
  return result;
}

value_type<std::vector<std::string>> texts(value_check<std::string> check) {
  value_type<std::vector<std::string>> result;
  result.read = [=](auto& issues, auto& name, auto& x, auto& out) {
    if (!is(kind::array, issues, name, x))
      return false;
    out.clear();
    for (auto& item : x.items) {
      if (item.type != kind::string) {
        issues.error(item.at,
                     name + " must hold strings, not " + to_string(item.type));
        continue;
      }
      out.push_back(item.text);
      if (auto why = check ? check(item.text) : ""; !why.empty())
        issues.error(item.at, name + ": " + quoted(item.text) + ": " + why);
    }
    return true;
  };
  result.print = [](auto& xs) {
    std::string list;
    for (auto& x : xs)
      list += (list.empty() ? "" : ", ") + toml_quoted(x);
    return '[' + list + ']';
  };
  return result;
}

value_type<std::chrono::seconds>
seconds(std::chrono::seconds min, std::chrono::seconds max) {
  return duration(min, max);
}

value_type<std::chrono::milliseconds>
milliseconds(std::chrono::milliseconds min, std::chrono::milliseconds max) {
  return duration(min, max);
}

value_type<uint64_t> size(uint64_t min) {
  value_type<uint64_t> result;
  result.read = [=](auto& issues, auto& name, auto& x, uint64_t& out) {
    std::optional<uint64_t> value;
    if (x.type == kind::integer && x.integer >= 0)
      value = static_cast<uint64_t>(x.integer);
    else if (x.type == kind::string)
      value = parse_size(x.text);
    if (!value)
      return issues.error(x.at, name
                                  + " must be a size like \"64MiB\" (kB MB GB "
                                    "TB KiB MiB GiB TiB, or bytes)");
    out = *value;
    return out >= min
           || issues.error(x.at, name + " must be at least " + print_size(min));
  };
  result.print = [](uint64_t x) {
    static constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t i = 0;
    for (; i < 4 && x > 0 && x % 1024 == 0; ++i)
      x /= 1024;
    return quoted(std::to_string(x) + units[i]);
  };
  return result;
}

value_type<double> number(value_check<double> check) {
  value_type<double> result;
  result.read = [=](auto& issues, auto& name, auto& x, double& out) {
    if (x.type != kind::real && x.type != kind::integer)
      return issues.error(x.at,
                          name + " must be a number, not " + to_string(x.type));
    if (!std::isfinite(x.real))
      return issues.error(x.at, name + " must be finite");
    out = x.real;
    auto why = check ? check(out) : std::string{};
    return why.empty() || issues.error(x.at, name + " must be " + why);
  };
  result.print = [](double x) { return toml_number(x); };
  return result;
}

value_type<uint64_t> integer(uint64_t min, uint64_t max) {
  value_type<uint64_t> result;
  result.read = [=](auto& issues, auto& name, auto& x, uint64_t& out) {
    if (!is(kind::integer, issues, name, x))
      return false;
    out = static_cast<uint64_t>(x.integer);
    return (x.integer >= 0 && out >= min && out <= max)
           || issues.error(x.at, name + " must be from " + std::to_string(min)
                                   + " to " + std::to_string(max) + ", not "
                                   + std::to_string(x.integer));
  };
  result.print = [](uint64_t x) { return std::to_string(x); };
  return result;
}

size_t index_of(issue_list& issues, const std::string& name,
                const toml_value& x, const std::vector<std::string>& names,
                const std::vector<std::string>& planned) {
  if (!is(kind::string, issues, name, x))
    return names.size();
  auto i = std::find(names.begin(), names.end(), x.text) - names.begin();
  auto result = static_cast<size_t>(i);
  if (result < names.size())
    return result;
  if (std::find(planned.begin(), planned.end(), x.text) != planned.end()) {
    issues.error(x.at, name + ' ' + quoted(x.text) + " is not built yet");
    return result;
  }
  std::string all;
  for (auto& y : names)
    all += (all.empty() ? "" : ", ") + y;
  issues.error(x.at, name + ": unknown " + quoted(x.text)
                       + did_you_mean(x.text, names) + "; it is one of " + all);
  return result;
}

// ---- suggestions ------------------------------------------------------------

std::string
nearest(std::string_view word, const std::vector<std::string>& words) {
  std::string result;
  // Long words are garbage, and the distance is quadratic.
  if (word.size() > 64)
    return result;
  auto best = word.size() / 3 + 1;
  for (auto& x : words)
    if (auto d = distance(word, x); d < best) {
      best = d;
      result = x;
    }
  return result;
}

std::string
did_you_mean(std::string_view word, const std::vector<std::string>& words) {
  auto x = nearest(word, words);
  return x.empty() ? x : " (did you mean \"" + x + "\"?)";
}

} // namespace rrdflow

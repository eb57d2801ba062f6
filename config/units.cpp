#include "config/units.hpp"

#include "config/ascii.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <limits>
#include <utility>

namespace rrdflow {

namespace {

using unit = std::pair<std::string_view, int64_t>;

constexpr std::array<unit, 7> durations{{
  {"y", 365ll * 86400 * 1000},
  {"w", 7ll * 86400 * 1000},
  {"d", 86400ll * 1000},
  {"h", 3600ll * 1000},
  {"m", 60ll * 1000},
  {"s", 1000},
  {"ms", 1},
}};

constexpr std::array<unit, 10> sizes{{
  {"", 1},
  {"B", 1},
  {"kB", 1000},
  {"MB", 1000 * 1000},
  {"GB", 1000ll * 1000 * 1000},
  {"TB", 1000ll * 1000 * 1000 * 1000},
  {"KiB", 1ll << 10},
  {"MiB", 1ll << 20},
  {"GiB", 1ll << 30},
  {"TiB", 1ll << 40},
}};

constexpr int64_t longest = 10000ll * 365 * 86400 * 1000;

// Takes a number and the letters behind it from the front of `text`.
std::optional<std::pair<int64_t, std::string_view>>
take_quantity(std::string_view& text) {
  int64_t number = 0;
  auto begin = text.data();
  auto [end, error] = std::from_chars(begin, begin + text.size(), number);
  if (error != std::errc{} || !is_digit(text.front()))
    return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - begin));
  size_t n = 0;
  while (n < text.size() && !is_digit(text[n]))
    ++n;
  auto letters = text.substr(0, n);
  text.remove_prefix(n);
  return std::pair{number, letters};
}

// `number` times the unit's factor, if there is such a unit and it fits.
template <size_t N>
std::optional<int64_t> scale(const std::array<unit, N>& units, int64_t number,
                             std::string_view name, int64_t limit) {
  for (auto& [x, factor] : units)
    if (x == name)
      return number <= limit / factor ? std::optional{number * factor}
                                      : std::nullopt;
  return std::nullopt;
}

} // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text.empty())
    return std::nullopt;
  int64_t sum = 0;
  while (!text.empty()) {
    auto x = take_quantity(text);
    if (!x)
      return std::nullopt;
    auto part = scale(durations, x->first, x->second, longest - sum);
    if (!part)
      return std::nullopt;
    sum += *part;
  }
  return std::chrono::milliseconds{sum};
}

std::string print_duration(std::chrono::milliseconds x) {
  for (auto& [name, factor] : durations)
    if (x.count() % factor == 0 && (x.count() != 0 || name == "s"))
      return std::to_string(x.count() / factor) + std::string{name};
  return {};
}

std::optional<uint64_t> parse_size(std::string_view text) {
  if (text.empty())
    return std::nullopt;
  auto x = take_quantity(text);
  if (!x || !text.empty())
    return std::nullopt;
  auto name = x->second;
  while (!name.empty() && name.front() == ' ')
    name.remove_prefix(1);
  auto result
    = scale(sizes, x->first, name, std::numeric_limits<int64_t>::max());
  if (!result)
    return std::nullopt;
  return static_cast<uint64_t>(*result);
}

std::string print_size(uint64_t bytes) {
  static constexpr const char* names[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto x = static_cast<double>(bytes);
  size_t i = 0;
  for (; i < 4 && x >= 1024; ++i)
    x /= 1024;
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, i == 0 ? "%.0f %s" : "%.1f %s", x,
                names[i]);
  return buffer;
}

} // namespace rrdflow

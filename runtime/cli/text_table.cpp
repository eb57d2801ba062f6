#include "runtime/cli/text_table.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace rrdflow {

namespace {

struct code_points {
  char32_t first;
  char32_t last;
};

// What takes no room or changes the direction (category Cf of Unicode 15, and
// its line and paragraph separators), and surrogates.
constexpr code_points unseen[] = {
  {0xad, 0xad},       {0x600, 0x605},     {0x61c, 0x61c},
  {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},
  {0x8e2, 0x8e2},     {0x180e, 0x180e},   {0x200b, 0x200f},
  {0x2028, 0x202e},   {0x2060, 0x206f},   {0xd800, 0xdfff},
  {0xfeff, 0xfeff},   {0xfff9, 0xfffb},   {0x110bd, 0x110bd},
  {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3},
  {0x1d173, 0x1d17a}, {0xe0000, 0xe007f}, {0x110000, 0x1fffff},
};

bool is_seen(char32_t x) {
  return std::none_of(std::begin(unseen), std::end(unseen), [=](auto& range) {
    return x >= range.first && x <= range.last;
  });
}

// Bytes of the UTF-8 character at the front of `x`, 0 if it is none, a control
// character, or one that cannot be seen.
size_t character_size(std::string_view x) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(x[i]); };
  auto first = byte(0);
  if (first >= 0x20 && first < 0x7f)
    return 1;
  size_t n = first >= 0xc2 && first < 0xe0   ? 2
             : first >= 0xe0 && first < 0xf0 ? 3
             : first >= 0xf0 && first < 0xf5 ? 4
                                             : 0;
  if (n == 0 || x.size() < n)
    return 0;
  auto code = static_cast<char32_t>(first & (0xff >> (n + 1)));
  for (size_t i = 1; i < n; ++i) {
    if ((byte(i) & 0xc0) != 0x80)
      return 0;
    code = code << 6 | (byte(i) & 0x3f);
  }
  // Control characters of the second block, and overlong forms.
  auto least = n == 2 ? 0xa0u : n == 3 ? 0x800u : 0x10000u;
  return code >= least && is_seen(code) ? n : 0;
}

// Columns that `x` takes, if each character takes one.
size_t width(const std::string& x) {
  return static_cast<size_t>(std::count_if(x.begin(), x.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

} // namespace

std::string for_terminal(std::string_view x) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string result;
  while (!x.empty()) {
    auto n = character_size(x);
    if (n > 0) {
      result += x.substr(0, n);
    } else {
      auto byte = static_cast<unsigned char>(x.front());
      result += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
      n = 1;
    }
    x.remove_prefix(n);
  }
  return result;
}

text_table::text_table(std::vector<std::string> head, std::vector<size_t> right)
  : head_{std::move(head)}, right_{std::move(right)} {
  // nop
}

void text_table::print(std::ostream& out) const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < head_.size(); ++i) {
    auto widest = width(head_[i]);
    for (auto& row : rows_)
      widest = std::max(widest, width(row.at(i)));
    widths.push_back(widest);
  }
  auto print_row = [&](const std::vector<std::string>& row) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      std::string padding(widths[i] - width(row[i]), ' ');
      auto right = std::find(right_.begin(), right_.end(), i) != right_.end();
      line += right ? padding + row[i] : row[i] + padding;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  };
  print_row(head_);
  for (auto& row : rows_)
    print_row(row);
}

std::string print_number(double x) {
  if (std::isnan(x))
    return "U";
  char buffer[400];
  // Whole numbers of any size that matters without an exponent.
  auto plain = std::fabs(x) < 1e15 && (x == std::floor(x));
  auto [end, error] = plain ? std::to_chars(buffer, std::end(buffer), x,
                                            std::chars_format::fixed)
                            : std::to_chars(buffer, std::end(buffer), x);
  return error == std::errc{} ? std::string(buffer, end) : std::string{};
}

std::string print_age(double seconds) {
  static constexpr std::array<std::pair<int64_t, char>, 4> units{
    {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}}};
  auto rest = static_cast<int64_t>(std::clamp(seconds, 0.0, 1e12));
  std::string result;
  for (size_t i = 0; i < units.size(); ++i) {
    auto [size, name] = units[i];
    auto first = rest >= size || (i + 1 == units.size() && result.empty());
    if (!first && result.empty())
      continue;
    if (auto n = rest / size; n > 0 || result.empty())
      result += (result.empty() ? "" : " ") + std::to_string(n) + name;
    rest %= size;
    // Two units are enough.
    if (!first || result.find(' ') != std::string::npos)
      break;
    if (i + 1 < units.size() && rest < units[i + 1].first)
      break;
  }
  return result;
}

} // namespace rrdflow

#include "runtime/cli/text_table.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace rrdflow {

namespace {

// Columns that `x` takes, if each character takes one.
size_t width(const std::string& x) {
  return static_cast<size_t>(std::count_if(x.begin(), x.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

} // namespace

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
  auto whole = static_cast<int64_t>(std::clamp(seconds, 0.0, 1e12));
  size_t i = 0;
  while (i + 1 < units.size() && whole < units[i].first)
    ++i;
  auto [size, name] = units[i];
  auto result = std::to_string(whole / size) + name;
  // Two units are enough.
  if (i + 1 < units.size()) {
    auto [next_size, next_name] = units[i + 1];
    if (auto n = whole % size / next_size; n > 0)
      result += ' ' + std::to_string(n) + next_name;
  }
  return result;
}

} // namespace rrdflow

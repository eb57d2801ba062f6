#include "actors/writer/rrd_decimal.hpp"

#include <charconv>
#include <cmath>

namespace rrdflow::rrd_decimal {

namespace {

/// Integers below are doubles, and so is each intermediate result.
constexpr double exact = 9007199254740992.0; // 2^53

bool is_digit(char x) {
  return x >= '0' && x <= '9';
}

/// Sums up digits from `at` on; `at` is behind them afterwards.
double sum_digits(double sum, const char*& at, const char* end) {
  for (; at != end && is_digit(*at); ++at)
    sum = sum * 10.0 + (*at - '0');
  return sum;
}

double scale(double x, int exponent) {
  auto power = 10.0;
  for (auto n = exponent < 0 ? -exponent : exponent; n != 0; n >>= 1) {
    if ((n & 1) != 0) {
      if (exponent < 0)
        x /= power;
      else
        x *= power;
    }
    power *= power;
  }
  return x;
}

double read_magnitude(uint64_t x) {
  if (x < static_cast<uint64_t>(exact))
    return static_cast<double>(x);
  char text[max_text];
  auto end = std::to_chars(text, text + max_text, x).ptr;
  const char* at = text;
  return sum_digits(0, at, end);
}

} // namespace

size_t print(double x, char (&text)[max_text]) {
  return static_cast<size_t>(std::to_chars(text, text + max_text, x).ptr
                             - text);
}

double read(std::string_view text) {
  auto at = text.data();
  auto end = at + text.size();
  auto negative = at != end && *at == '-';
  at += negative;
  auto x = sum_digits(0, at, end);
  auto exponent = 0;
  if (at != end && *at == '.') {
    auto point = ++at;
    x = sum_digits(x, at, end);
    exponent -= static_cast<int>(at - point);
  }
  if (negative)
    x = -x;
  if (at != end && *at == 'e') {
    auto down = ++at != end && *at == '-';
    at += at != end && (*at == '-' || *at == '+');
    auto n = 0;
    for (; at != end && is_digit(*at); ++at)
      n = n * 10 + (*at - '0');
    exponent += down ? -n : n;
  }
  return scale(x, exponent);
}

double reread(double x) {
  // Integers go through the text unharmed.
  if (std::fabs(x) < exact && std::trunc(x) == x)
    return x;
  char text[max_text];
  return read({text, print(x, text)});
}

int64_t microtime(int64_t milliseconds) {
  constexpr int64_t million = 1000000;
  if (milliseconds % 1000 == 0)
    return milliseconds / 1000 * million;
  auto time = scale(static_cast<double>(milliseconds), -3);
  auto seconds = std::floor(time);
  return static_cast<int64_t>(seconds) * million
         + static_cast<int64_t>((time - seconds) * 1e6);
}

bool read(std::string_view text, counter& x) {
  x = counter{};
  if (!text.empty() && text.front() == 'U')
    return true;
  x.what = counter::unreadable;
  size_t i = 0;
  for (; i < text.size() && !is_digit(text[i]); ++i)
    x.negative |= text[i] == '-';
  if (i == text.size())
    return true;
  auto begin = text.data() + i;
  auto [stop, error]
    = std::from_chars(begin, text.data() + text.size(), x.magnitude);
  x.what = counter::number;
  // Zeros in front count as digits.
  return error == std::errc{} && stop - begin <= 20;
}

size_t print(const counter& x, char (&text)[max_text]) {
  if (x.what != counter::number) {
    text[0] = 'U';
    return 1;
  }
  auto at = text;
  if (x.negative)
    *at++ = '-';
  return static_cast<size_t>(std::to_chars(at, text + max_text, x.magnitude).ptr
                             - text);
}

double difference(const counter& x, const counter& y, double nan) {
  if (y.what != counter::number || x.negative != y.negative)
    return nan;
  auto result = x.magnitude < y.magnitude
                  ? -read_magnitude(y.magnitude - x.magnitude)
                  : read_magnitude(x.magnitude - y.magnitude);
  return x.negative ? -result : result;
}

} // namespace rrdflow::rrd_decimal

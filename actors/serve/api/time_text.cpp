#include "actors/serve/api/time_text.hpp"

#include <charconv>

namespace rrdflow {

namespace {

/// The last second of the year 9999.
constexpr int64_t latest = 253402300799;

constexpr int64_t day = 86400;

/// Days since the epoch of a date of the proleptic Gregorian calendar.
int64_t days_of(int64_t y, int64_t m, int64_t d) {
  y -= m <= 2;
  auto era = (y >= 0 ? y : y - 399) / 400;
  auto year = y - era * 400;
  auto in_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  return era * 146097 + year * 365 + year / 4 - year / 100 + in_year - 719468;
}

struct date {
  int64_t year;
  int64_t month;
  int64_t day;
};

date date_of(int64_t days) {
  days += 719468;
  auto era = (days >= 0 ? days : days - 146096) / 146097;
  auto in_era = days - era * 146097;
  auto year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
  auto in_year = in_era - (365 * year + year / 4 - year / 100);
  auto shifted = (5 * in_year + 2) / 153;
  auto month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {era * 400 + year + (month <= 2), month,
          in_year - (153 * shifted + 2) / 5 + 1};
}

/// Takes text from the front of a view.
class scanner {
public:
  explicit scanner(std::string_view x) : rest_{x} {
    // nop
  }

  bool skip(char c) {
    if (rest_.empty() || rest_.front() != c)
      return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Takes exactly `width` digits; 0: as many as there are, 18 at most.
  std::optional<int64_t> number(size_t width) {
    size_t n = 0;
    while (n < rest_.size() && (width == 0 || n < width) && is_digit(rest_[n]))
      ++n;
    if (n == 0 || n > 18 || (width != 0 && n != width))
      return std::nullopt;
    int64_t result = 0;
    std::from_chars(rest_.data(), rest_.data() + n, result);
    rest_.remove_prefix(n);
    return result;
  }

  /// Skips ".123", if it is there.
  void fraction() {
    if (rest_.size() < 2 || (rest_[0] != '.' && rest_[0] != ',')
        || !is_digit(rest_[1]))
      return;
    rest_.remove_prefix(1);
    while (!rest_.empty() && is_digit(rest_.front()))
      rest_.remove_prefix(1);
  }

  bool done() const {
    return rest_.empty();
  }

private:
  static bool is_digit(char c) {
    return c >= '0' && c <= '9';
  }

  std::string_view rest_;
};

std::optional<int64_t> bounded(int64_t x) {
  if (x < 0 || x > latest)
    return std::nullopt;
  return x;
}

std::optional<int64_t> parse_distance(scanner in, int64_t now) {
  constexpr int64_t units[][2] = {{'s', 1},   {'m', 60},      {'h', 3600},
                                  {'d', day}, {'w', 7 * day}, {'y', 365 * day}};
  int64_t sum = 0;
  do {
    auto n = in.number(0);
    if (!n || *n > latest)
      return std::nullopt;
    int64_t unit = in.done() ? 1 : 0;
    for (auto& x : units)
      if (unit == 0 && in.skip(static_cast<char>(x[0])))
        unit = x[1];
    if (unit == 0 || *n > latest / unit)
      return std::nullopt;
    sum += *n * unit;
    if (sum > latest)
      return std::nullopt;
  } while (!in.done());
  return bounded(now - sum);
}

/// Reads "Z", "+01:00", "+0100", "+01" or nothing: seconds east of Greenwich.
std::optional<int64_t> parse_zone(scanner& in) {
  if (in.done() || in.skip('Z') || in.skip('z'))
    return 0;
  // A plus sign of a query string arrives as a space.
  auto sign = in.skip('-') ? -1 : in.skip('+') || in.skip(' ') ? 1 : 0;
  auto hours = in.number(2);
  if (sign == 0 || !hours || *hours > 23)
    return std::nullopt;
  int64_t minutes = 0;
  if (!in.done()) {
    in.skip(':');
    auto x = in.number(2);
    if (!x || *x > 59)
      return std::nullopt;
    minutes = *x;
  }
  return sign * (*hours * 3600 + minutes * 60);
}

std::optional<int64_t> parse_iso(scanner in) {
  auto year = in.number(4);
  if (!year || !in.skip('-'))
    return std::nullopt;
  auto month = in.number(2);
  if (!month || *month < 1 || *month > 12 || !in.skip('-'))
    return std::nullopt;
  auto mday = in.number(2);
  if (!mday || *mday < 1)
    return std::nullopt;
  auto days = days_of(*year, *month, *mday);
  if (date_of(days).month != *month)
    return std::nullopt;
  if (in.done())
    return bounded(days * day);
  if (!in.skip('T') && !in.skip('t') && !in.skip(' '))
    return std::nullopt;
  auto hour = in.number(2);
  if (!hour || *hour > 23 || !in.skip(':'))
    return std::nullopt;
  auto minute = in.number(2);
  if (!minute || *minute > 59)
    return std::nullopt;
  int64_t second = 0;
  if (in.skip(':')) {
    auto x = in.number(2);
    if (!x || *x > 60)
      return std::nullopt;
    second = *x;
    in.fraction();
  }
  auto zone = parse_zone(in);
  if (!zone || !in.done())
    return std::nullopt;
  return bounded(days * day + *hour * 3600 + *minute * 60 + second - *zone);
}

void append_digits(std::string& out, int64_t x, int width) {
  char buffer[20];
  for (auto i = width; i-- > 0; x /= 10)
    buffer[i] = static_cast<char>('0' + x % 10);
  out.append(buffer, static_cast<size_t>(width));
}

} // namespace

std::optional<int64_t> parse_time(std::string_view x, int64_t now) {
  if (x == "now")
    return now;
  scanner in{x};
  if (in.skip('-'))
    return parse_distance(in, now);
  if (x.find('-') != std::string_view::npos)
    return parse_iso(in);
  auto seconds = in.number(0);
  in.fraction();
  if (!seconds || !in.done())
    return std::nullopt;
  return bounded(*seconds);
}

void append_iso(std::string& out, int64_t seconds) {
  auto days = (seconds >= 0 ? seconds : seconds - (day - 1)) / day;
  auto in_day = seconds - days * day;
  auto d = date_of(days);
  append_digits(out, d.year, 4);
  out += '-';
  append_digits(out, d.month, 2);
  out += '-';
  append_digits(out, d.day, 2);
  out += 'T';
  append_digits(out, in_day / 3600, 2);
  out += ':';
  append_digits(out, in_day / 60 % 60, 2);
  out += ':';
  append_digits(out, in_day % 60, 2);
  out += 'Z';
}

std::string iso_time(int64_t nanoseconds) {
  constexpr int64_t second = 1000000000;
  auto seconds = nanoseconds / second - (nanoseconds % second < 0);
  auto millis = (nanoseconds - seconds * second) / 1000000;
  std::string result;
  append_iso(result, seconds);
  if (millis != 0) {
    result.back() = '.';
    append_digits(result, millis, 3);
    result += 'Z';
  }
  return result;
}

} // namespace rrdflow

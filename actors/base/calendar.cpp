#include "actors/base/calendar.hpp"

#include "config/ascii.hpp"
#include "messages/error.hpp"

#include <date/tz.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <exception>
#include <limits>

namespace rrdflow {

namespace {

constexpr auto forever = std::numeric_limits<int64_t>::max();
constexpr int64_t second = 1000000000;
constexpr int64_t day = 86400;

/// The last second of the year 9999.
constexpr int64_t latest = 253402300799;

date::local_info look(const void* zone, int64_t local) {
  auto time = date::local_seconds{std::chrono::seconds{local}};
  return static_cast<const date::time_zone*>(zone)->get_info(time);
}

std::optional<int64_t> bounded(int64_t x) {
  if (x < 0 || x > latest)
    return std::nullopt;
  return x;
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

  bool skip(std::string_view x) {
    if (rest_.substr(0, x.size()) != x)
      return false;
    rest_.remove_prefix(x.size());
    return true;
  }

  /// Takes exactly `width` digits; 0: as many as there are, 18 at most.
  bool number(size_t width, int64_t& x) {
    size_t n = 0;
    while (n < rest_.size() && (width == 0 || n < width) && is_digit(rest_[n]))
      ++n;
    if (n == 0 || n > 18 || (width != 0 && n != width))
      return false;
    std::from_chars(rest_.data(), rest_.data() + n, x);
    rest_.remove_prefix(n);
    return true;
  }

  /// Takes digits behind a decimal point or comma, if there are any, as
  /// nanoseconds; more than nine are cut off.
  int64_t fraction() {
    int64_t result = 0;
    if (rest_.size() < 2 || (rest_[0] != '.' && rest_[0] != ',')
        || !is_digit(rest_[1]))
      return result;
    rest_.remove_prefix(1);
    auto unit = second / 10;
    for (; !rest_.empty() && is_digit(rest_.front()); unit /= 10) {
      result += (rest_.front() - '0') * unit;
      rest_.remove_prefix(1);
    }
    return result;
  }

  bool done() const {
    return rest_.empty();
  }

private:
  std::string_view rest_;
};

/// What a text of ISO 8601 says.
struct iso_text {
  /// Since the epoch, as the clock of the text's place shows it.
  int64_t seconds = 0;
  int64_t nanoseconds = 0;
  bool has_time = false;

  /// Seconds east of Greenwich; nothing: the text does not say.
  std::optional<int64_t> offset;
};

/// Reads "Z", "+01:00", "+0100", "+01", "UTC", or nothing at the end, behind
/// blanks.
bool scan_offset(scanner& in, std::optional<int64_t>& x) {
  while (in.skip(' '))
    ;
  if (in.done())
    return true;
  if (in.skip("UTC") || in.skip("GMT") || in.skip('Z') || in.skip('z')) {
    x = 0;
    return in.done();
  }
  auto sign = in.skip('-') ? -1 : in.skip('+') ? 1 : 0;
  int64_t hours = 0;
  int64_t minutes = 0;
  if (sign == 0 || !in.number(2, hours)
      || ((in.skip(':') || !in.done()) && !in.number(2, minutes)))
    return false;
  x = sign * (hours * 3600 + minutes * 60);
  return in.done() && hours < 24 && minutes < 60;
}

bool scan_iso(scanner in, iso_text& x) {
  int64_t year = 0, month = 0, mday = 0;
  if (!in.number(4, year))
    return false;
  auto basic = !in.skip('-');
  if (!in.number(2, month) || (!basic && !in.skip('-')) || !in.number(2, mday))
    return false;
  auto date = date::year{static_cast<int>(year)} / static_cast<int>(month)
              / static_cast<int>(mday);
  if (!date.ok())
    return false;
  x.seconds = date::sys_days{date}.time_since_epoch().count() * day;
  if (in.done())
    return true;
  x.has_time = true;
  int64_t hour = 0, minute = 0;
  int64_t seconds = 0;
  if (!(in.skip('T') || in.skip('t') || in.skip(' ')) || !in.number(2, hour)
      || (!basic && !in.skip(':')) || !in.number(2, minute))
    return false;
  if (basic ? in.number(2, seconds) : in.skip(':')) {
    if (!basic && !in.number(2, seconds))
      return false;
    x.nanoseconds = in.fraction();
  }
  x.seconds += hour * 3600 + minute * 60 + seconds;
  // 60 is a leap second.
  return hour < 24 && minute < 60 && seconds <= 60 && scan_offset(in, x.offset);
}

std::optional<int64_t> parse_distance(scanner in, int64_t now) {
  constexpr int64_t units[][2] = {{'s', 1},   {'m', 60},      {'h', 3600},
                                  {'d', day}, {'w', 7 * day}, {'y', 365 * day}};
  int64_t sum = 0;
  do {
    int64_t n = 0;
    if (!in.number(0, n) || n > latest)
      return std::nullopt;
    int64_t unit = in.done() ? 1 : 0;
    for (auto& x : units)
      if (unit == 0 && in.skip(static_cast<char>(x[0])))
        unit = x[1];
    if (unit == 0 || n > latest / unit)
      return std::nullopt;
    sum += n * unit;
    if (sum > latest)
      return std::nullopt;
  } while (!in.done());
  return bounded(now - sum);
}

void append_digits(std::string& out, int64_t x, int width) {
  char buffer[20];
  for (auto i = width; i-- > 0; x /= 10)
    buffer[i] = static_cast<char>('0' + x % 10);
  out.append(buffer, static_cast<size_t>(width));
}

} // namespace

caf::expected<time_zone> time_zone::of(const std::string& name) {
  try {
    time_zone result;
    result.zone_ = date::locate_zone(name);
    // Reads the zone's file.
    look(result.zone_, 0);
    return result;
  } catch (const std::exception& x) {
    return fail(ec::bad_config,
                "\"" + name + "\" is no time zone: " + x.what());
  }
}

std::optional<int64_t> time_zone::to_utc(int64_t local) const {
  auto info = look(zone_, local);
  if (info.result == date::local_info::nonexistent)
    return std::nullopt;
  return local - info.first.offset.count();
}

int64_t time_zone::nearest_utc(int64_t local) const {
  auto info = look(zone_, local);
  if (info.result == date::local_info::nonexistent)
    return info.first.end.time_since_epoch().count();
  return local - info.first.offset.count();
}

int64_t time_zone::nearest_utc(int64_t local, int64_t near) const {
  auto first = nearest_utc(local);
  auto info = look(zone_, local);
  if (info.result != date::local_info::ambiguous)
    return first;
  auto later = local - info.second.offset.count();
  return std::abs(later - near) < std::abs(first - near) ? later : first;
}

int64_t from_epoch(long double x) noexcept {
  auto size = std::fabs(x);
  auto unit = size < 1e11L   ? 1e9L
              : size < 1e14L ? 1e6L
              : size < 1e17L ? 1e3L
                             : 1.0L;
  x *= unit;
  if (x >= static_cast<long double>(forever))
    return forever;
  if (x <= -static_cast<long double>(forever))
    return -forever;
  return static_cast<int64_t>(std::llround(x));
}

std::optional<int64_t>
parse_iso(std::string_view text, const time_zone& zone, int64_t near) {
  auto own = zone;
  if (auto bracket = text.find('['); bracket != std::string_view::npos) {
    if (text.back() != ']')
      return std::nullopt;
    auto name = text.substr(bracket + 1);
    name.remove_suffix(1);
    text = text.substr(0, bracket);
    // Zones that the system does not know are of no use.
    if (auto named = time_zone::of(std::string{name}))
      own = *named;
    else
      own = {};
  }
  iso_text x;
  if (!scan_iso(scanner{text}, x) || !x.has_time || (!x.offset && !own))
    return std::nullopt;
  auto seconds = x.offset ? x.seconds - *x.offset
                          : own.nearest_utc(x.seconds, near / second);
  if (std::abs(seconds) > forever / second - 1)
    return seconds < 0 ? -forever : forever;
  return seconds * second + x.nanoseconds;
}

std::optional<int64_t> parse_time(std::string_view text, int64_t now) {
  if (text == "now")
    return now;
  scanner in{text};
  if (in.skip('-'))
    return parse_distance(in, now);
  if (text.find('-') != std::string_view::npos) {
    // The plus sign of an offset arrives as a blank in a query string.
    constexpr size_t date_size = 10;
    std::string copy{text};
    if (auto at = copy.rfind(' '); at != std::string::npos && at > date_size)
      copy[at] = '+';
    iso_text x;
    if (!scan_iso(scanner{copy}, x))
      return std::nullopt;
    return bounded(x.seconds - x.offset.value_or(0));
  }
  int64_t seconds = 0;
  if (!in.number(0, seconds))
    return std::nullopt;
  in.fraction();
  return in.done() ? bounded(seconds) : std::nullopt;
}

void append_iso(std::string& out, int64_t seconds) {
  auto time = date::sys_seconds{std::chrono::seconds{seconds}};
  auto midnight = date::floor<date::days>(time);
  auto date = date::year_month_day{midnight};
  auto in_day = (time - midnight).count();
  append_digits(out, static_cast<int>(date.year()), 4);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  append_digits(out, in_day / 3600, 2);
  out += ':';
  append_digits(out, in_day / 60 % 60, 2);
  out += ':';
  append_digits(out, in_day % 60, 2);
  out += 'Z';
}

std::string iso_time(int64_t nanoseconds) {
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

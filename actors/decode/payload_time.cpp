#include "actors/decode/payload_time.hpp"

#include "actors/decode/formats/number.hpp"

#include <date/tz.h>

#include <cmath>
#include <limits>

namespace rrdflow {

namespace {

constexpr auto forever = std::numeric_limits<int64_t>::max();

int64_t nanoseconds(long double seconds) noexcept {
  auto x = seconds * 1e9L;
  if (x >= static_cast<long double>(forever))
    return forever;
  if (x <= -static_cast<long double>(forever))
    return -forever;
  return static_cast<int64_t>(std::llround(x));
}

/// A number's unit by its magnitude.
int64_t from_epoch(long double x) noexcept {
  auto size = std::fabs(x);
  if (size < 1e11L)
    return nanoseconds(x);
  if (size < 1e14L)
    return nanoseconds(x / 1e3L);
  if (size < 1e17L)
    return nanoseconds(x / 1e6L);
  return nanoseconds(x / 1e9L);
}

/// Reads texts from the left.
struct time_reader {
  std::string_view rest;

  bool skip(char c) noexcept {
    if (rest.empty() || rest.front() != c)
      return false;
    rest.remove_prefix(1);
    return true;
  }

  /// Exactly `size` digits.
  bool number(size_t size, int& x) noexcept {
    if (rest.size() < size)
      return false;
    x = 0;
    for (auto c : rest.substr(0, size)) {
      if (c < '0' || c > '9')
        return false;
      x = x * 10 + (c - '0');
    }
    rest.remove_prefix(size);
    return true;
  }

  /// Digits behind a decimal point, in nanoseconds; more than nine are cut off.
  bool fraction(int64_t& x) noexcept {
    x = 0;
    auto unit = int64_t{100000000};
    size_t n = 0;
    for (; n < rest.size() && rest[n] >= '0' && rest[n] <= '9'; ++n) {
      x += (rest[n] - '0') * unit;
      unit /= 10;
    }
    rest.remove_prefix(n);
    return n > 0;
  }

  /// `+01:00`, `+0100` or `+01`, in seconds.
  bool offset(int& x) noexcept {
    auto negative = !rest.empty() && rest.front() == '-';
    if (!skip('+') && !skip('-'))
      return false;
    int hours;
    auto minutes = 0;
    if (!number(2, hours))
      return false;
    if ((skip(':') || !rest.empty()) && !number(2, minutes))
      return false;
    x = (hours * 60 + minutes) * 60 * (negative ? -1 : 1);
    return hours < 24 && minutes < 60;
  }
};

std::optional<int64_t>
parse_iso(std::string_view text, const time_zone& zone) noexcept {
  time_reader in{text};
  int year;
  int month;
  int day;
  int hour;
  int minute;
  auto second = 0;
  int64_t fraction = 0;
  if (!in.number(4, year) || !in.skip('-') || !in.number(2, month)
      || !in.skip('-') || !in.number(2, day)
      || !(in.skip('T') || in.skip('t') || in.skip(' ')) || !in.number(2, hour)
      || !in.skip(':') || !in.number(2, minute))
    return std::nullopt;
  if (in.skip(':')
      && (!in.number(2, second)
          || ((in.skip('.') || in.skip(',')) && !in.fraction(fraction))))
    return std::nullopt;
  auto date = date::year{year} / month / day;
  // 60 is a leap second.
  if (!date.ok() || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  int64_t seconds = date::sys_days{date}.time_since_epoch().count() * 86400ll
                    + hour * 3600 + minute * 60 + second;
  auto shift = 0;
  if (in.rest.empty()) {
    auto utc = zone.to_utc(seconds);
    if (!utc)
      return std::nullopt;
    seconds = *utc;
  } else if (!in.skip('Z') && !in.skip('z') && !in.offset(shift)) {
    return std::nullopt;
  }
  if (!in.rest.empty())
    return std::nullopt;
  seconds -= shift;
  if (std::abs(seconds) > forever / 1000000000 - 1)
    return seconds < 0 ? -forever : forever;
  return seconds * 1000000000 + fraction;
}

} // namespace

bool time_zone::locate(const std::string& name) {
  try {
    zone_ = date::locate_zone(name);
  } catch (const std::exception&) {
    zone_ = nullptr;
  }
  return zone_ != nullptr;
}

std::optional<int64_t> time_zone::to_utc(int64_t local) const noexcept {
  if (zone_ == nullptr)
    return std::nullopt;
  try {
    auto zone = static_cast<const date::time_zone*>(zone_);
    date::local_seconds x{std::chrono::seconds{local}};
    return zone->to_sys(x, date::choose::earliest).time_since_epoch().count();
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::optional<int64_t>
parse_time(const scalar& x, const time_zone& zone) noexcept {
  switch (x.kind) {
    case scalar_kind::integer:
      return from_epoch(static_cast<long double>(x.integer));
    case scalar_kind::natural:
      return from_epoch(static_cast<long double>(x.natural));
    case scalar_kind::real:
      return from_epoch(static_cast<long double>(x.real));
    case scalar_kind::text: {
      scalar number;
      if (parse_number(x.text, number))
        return parse_time(number, zone);
      return parse_iso(trimmed(x.text), zone);
    }
    case scalar_kind::beyond:
      return forever;
    default:
      return std::nullopt;
  }
}

} // namespace rrdflow

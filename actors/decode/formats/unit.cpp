#include "actors/decode/formats/unit.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace rrdflow {

namespace {

constexpr size_t max_size = 32;

/// Units that take no prefix.
constexpr std::string_view plain_units[] = {
  "%",
  "\u2030",
  "%RH",
  "%rH",
  "RH",
  "rH",
  "pct",
  "percent",
  // Degrees: as a sign, as the ordinal that looks like it, in Latin-1.
  "\u00b0",
  "\u00b0C",
  "\u00b0F",
  "\u00b0K",
  "\u00baC",
  "\u00baF",
  "\u2103",
  "\u2109",
  "\xb0",
  "\xb0"
  "C",
  "\xb0"
  "F",
  "C",
  "F",
  "K",
  "deg",
  "degC",
  "degF",
  "mired",
  "psi",
  "inHg",
  "mmHg",
  "atm",
  "in",
  "ft",
  "yd",
  "mi",
  "gal",
  "oz",
  "lb",
  "lbs",
  "mph",
  "kph",
  "kmh",
  "kn",
  "kt",
  "kts",
  "knots",
  "bft",
  "Bft",
  "sec",
  "secs",
  "second",
  "seconds",
  "min",
  "mins",
  "minute",
  "minutes",
  "h",
  "hr",
  "hrs",
  "hour",
  "hours",
  "d",
  "day",
  "days",
  "week",
  "weeks",
  "rpm",
  "RPM",
  "U",
  "bpm",
  "fps",
  "ppm",
  "ppb",
  "ppt",
  "ppmv",
  "pH",
  "dB",
  "dBm",
  "dBA",
  "dB(A)",
  "dBi",
  "UVI",
  "AQI",
  "IAQ",
  "ct",
  "Ct",
  "cent",
  "EUR",
  "USD",
  "GBP",
  "CHF",
  "\u20ac",
  "$",
  "\u00a3",
  "imp",
  "pulse",
  "pulses",
  "count",
  "counts",
  "cnt",
  "steps",
  "px",
};

/// Units that take a prefix, too.
constexpr std::string_view scaled_units[] = {
  "m",    "g",   "t",   "s",    "A",    "V",      "W",      "Wh",   "Ah",
  "VA",   "VAh", "var", "varh", "VAr",  "VAR",    "Hz",     "Pa",   "bar",
  "l",    "L",   "J",   "N",    "Nm",   "cal",    "ohm",    "ohms", "Ohm",
  "Ohms", "F",   "H",   "S",    "T",    "lx",     "lux",    "lm",   "cd",
  "mol",  "B",   "b",   "bit",  "bits", "byte",   "bytes",  "Byte", "Bytes",
  "bps",  "Bps", "Bq",  "Sv",   "rad",  "\u03a9", "\u2126",
};

constexpr std::string_view prefixes[]
  = {"k", "K", "M", "G", "T",  "m",  "u",  "\u00b5", "\u03bc", "n",
     "p", "c", "d", "h", "da", "Ki", "Mi", "Gi",     "Ti"};

constexpr std::string_view powers[]
  = {"2", "3", "^2", "^3", "\u00b2", "\u00b3", "-1", "^-1"};

constexpr std::string_view joints[] = {"/", "*", "\u00b7", " "};

template <class List>
bool has(const List& xs, std::string_view x) noexcept {
  return std::find(std::begin(xs), std::end(xs), x) != std::end(xs);
}

/// Says no to what most texts have behind their first digits.
constexpr bool may_begin(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '%'
         || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_base(std::string_view x) noexcept {
  if (has(plain_units, x) || has(scaled_units, x))
    return true;
  return std::any_of(std::begin(prefixes), std::end(prefixes),
                     [&](std::string_view prefix) {
                       return x.size() > prefix.size()
                              && x.substr(0, prefix.size()) == prefix
                              && has(scaled_units, x.substr(prefix.size()));
                     });
}

bool is_part(std::string_view x) noexcept {
  if (x.empty() || is_base(x))
    return !x.empty();
  return std::any_of(std::begin(powers), std::end(powers),
                     [&](std::string_view power) {
                       return x.size() > power.size()
                              && x.substr(x.size() - power.size()) == power
                              && is_base(x.substr(0, x.size() - power.size()));
                     });
}

} // namespace

bool is_unit(std::string_view x) noexcept {
  if (x.empty() || x.size() > max_size || !may_begin(x.front()))
    return false;
  for (;;) {
    auto end = x.size();
    size_t joint = 0;
    for (auto y : joints)
      if (auto at = x.find(y); at < end) {
        end = at;
        joint = y.size();
      }
    if (!is_part(x.substr(0, end)))
      return false;
    if (joint == 0)
      return true;
    x.remove_prefix(end + joint);
  }
}

} // namespace rrdflow

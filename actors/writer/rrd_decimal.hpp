#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Numbers as librrd reads them: values reach it, and are kept in a file, as
/// text, and its arithmetic on text is not that of the machine. What is here
/// gives the same bits (rrdtool 1.7.2, src/rrd_strtod.c and src/rrd_diff.c).
namespace rrdflow::rrd_decimal {

/// Characters of the longest text of a value.
constexpr size_t max_text = 24;

/// Writes the shortest decimal text of `x`, which must be finite, and returns
/// its length.
size_t print(double x, char (&text)[max_text]);

/// Reads a decimal number, e.g. "-1.5e-07". Digits are summed up in a double
/// and then multiplied or divided by powers of ten: each of these operations
/// rounds.
double read(std::string_view text);

/// What librrd reads of the text of `x`, which must be finite.
double reread(double x);

/// The microseconds since the epoch that librrd makes of the text of a time in
/// milliseconds, "1700000000.123": at most one less than it says.
int64_t microtime(int64_t milliseconds);

/// A reading of a COUNTER or DERIVE.
struct counter {
  enum kind : uint8_t {
    /// "U".
    unknown,
    /// Without a digit: no difference to it is known either.
    unreadable,
    number,
  };

  kind what = unknown;
  bool negative = false;
  uint64_t magnitude = 0;

  static counter of(uint64_t x) {
    return {number, false, x};
  }

  static counter of(int64_t x) {
    return {number, x < 0,
            x < 0 ? -static_cast<uint64_t>(x) : static_cast<uint64_t>(x)};
  }
};

/// Reads what a file has as the last text of a source. Returns false if it is a
/// number of more than 64 bits.
bool read(std::string_view text, counter& x);

/// Writes `x`, which must not be `unreadable`, and returns the length.
size_t print(const counter& x, char (&text)[max_text]);

/// x - y, both known; NaN (`nan`) if their signs differ or `y` is unreadable.
double difference(const counter& x, const counter& y, double nan);

} // namespace rrdflow::rrd_decimal

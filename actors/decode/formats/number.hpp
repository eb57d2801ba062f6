#pragma once

#include "actors/decode/formats/scalar.hpp"
#include "config/ascii.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace rrdflow {

/// The digit, or more than 9.
constexpr unsigned digit_of(char c) noexcept {
  return static_cast<unsigned char>(c - '0');
}

/// Reads the number that [first, last) begins with, if it is written as nearly
/// all are: an optional minus, digits, perhaps a point and more digits, 18 in
/// all at most. Integers stay exact. A real number is its digits divided by a
/// power of ten, both of which a double holds exactly, so that one division
/// rounds it correctly (Clinger: How to read floating point numbers accurately,
/// 1990).
/// @returns where the number ends, or null: there is none, or only
///          `parse_number` can tell
inline const char*
read_decimal(const char* first, const char* last, scalar& x) noexcept {
  constexpr ptrdiff_t max_digits = 18;
  constexpr uint64_t max_exact = uint64_t{1} << 53;
  constexpr double powers[]
    = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
       1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
  static_assert(std::size(powers) == max_digits + 1);
  auto p = first;
  auto negative = p != last && *p == '-';
  if (negative)
    ++p;
  // Wraps around if there are too many.
  uint64_t digits = 0;
  auto begin = p;
  for (unsigned c; p != last && (c = digit_of(*p)) <= 9; ++p)
    digits = digits * 10 + c;
  auto whole = p - begin;
  if (whole == 0 || whole > max_digits)
    return nullptr;
  if (p == last || *p != '.') {
    if (negative)
      x = scalar::of(-static_cast<int64_t>(digits));
    else
      x = scalar::of(digits);
    return p;
  }
  begin = ++p;
  for (unsigned c; p != last && (c = digit_of(*p)) <= 9; ++p)
    digits = digits * 10 + c;
  auto fraction = p - begin;
  if (fraction == 0 || whole + fraction > max_digits || digits > max_exact)
    return nullptr;
  auto real
    = static_cast<double>(static_cast<int64_t>(digits)) / powers[fraction];
  x = scalar::of(negative ? -real : real);
  return p;
}

/// Reads a decimal number: an optional minus, digits with at most one point, an
/// optional exponent; nothing else, and white space only around it. Integers
/// that 64 bits hold stay exact. A number that no double holds (1e999, 1e-999)
/// is scalar_kind::beyond.
/// @returns false if the text is no number; never reads half of it.
bool parse_number(std::string_view text, scalar& x) noexcept;

/// Reads a number as devices write it into a text: a sign, digits, decimals,
/// and perhaps a unit behind it ("+21.5 \u00b0C", "45%"). What may as well be
/// an identifier is no number: one with an exponent, a whole one of more digits
/// than 14 or of more than 8 that begin with a zero, one of 18 digits or more.
/// @param decimal '.' or ','; with ',' a point counts unless three digits
///                follow it, which may be thousands.
bool parse_text_number(std::string_view text, char decimal, scalar& x) noexcept;

} // namespace rrdflow

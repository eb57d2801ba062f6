#pragma once

#include "config/file_definition.hpp"
#include "config/rule_config.hpp"
#include "messages/sample.hpp"

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rrdflow {

enum class scalar_kind : uint8_t {
  /// There is a field but no value.
  none,
  /// null, NaN, an infinity: the sensor says that it has no value.
  unknown,
  boolean,
  /// A negative integer of 64 bits.
  integer,
  /// An integer of 64 bits, not negative.
  natural,
  real,
  text,
  /// A number that fits into none of these.
  beyond,
};

/// What one field of a payload holds.
struct scalar {
  scalar_kind kind = scalar_kind::none;

  union {
    bool boolean;
    int64_t integer;
    uint64_t natural = 0;
    double real;
  };

  /// Of a text; belongs to the reader of the payload.
  std::string_view text;

  static scalar of(bool x) noexcept {
    scalar result;
    result.kind = scalar_kind::boolean;
    result.boolean = x;
    return result;
  }

  static scalar of(int64_t x) noexcept {
    scalar result;
    result.kind = x < 0 ? scalar_kind::integer : scalar_kind::natural;
    result.integer = x;
    return result;
  }

  static scalar of(uint64_t x) noexcept {
    scalar result;
    result.kind = scalar_kind::natural;
    result.natural = x;
    return result;
  }

  static scalar of(double x) noexcept {
    scalar result;
    result.kind = scalar_kind::real;
    result.real = x;
    return result;
  }

  static scalar of(std::string_view x) noexcept {
    scalar result;
    result.kind = scalar_kind::text;
    result.text = x;
    return result;
  }

  static scalar none() noexcept {
    return {};
  }

  static scalar unknown() noexcept {
    scalar result;
    result.kind = scalar_kind::unknown;
    return result;
  }

  static scalar beyond() noexcept {
    scalar result;
    result.kind = scalar_kind::beyond;
    return result;
  }
};

/// Makes a value of a field, if it is one: texts become what a word of `words`
/// or a built-in word stands for, or the number in them (see
/// `parse_text_number`), truth values 1 and 0. What says "unknown" becomes
/// `scalar_kind::unknown`.
/// @param decimal '.' or ','
/// @returns false if the field has no value.
bool find_value(const word_map& words, char decimal, scalar& x) noexcept;

/// Whether a value loses decimals as an integer, once it is scaled.
bool has_decimals(const scalar& x, double scale) noexcept;

/// Whether a field holds a number as it stands.
inline bool is_number(const scalar& x) noexcept {
  return x.kind == scalar_kind::real || x.kind == scalar_kind::natural
         || x.kind == scalar_kind::integer;
}

/// Does what `convert` does, in all cases.
std::optional<value_bits>
convert_any(const scalar& x, double scale, source_type type) noexcept;

/// Applies `scale` and makes what a source of that type takes. Integers stay
/// exact in 64 bits for the integer types.
/// @pre `find_value` took the field for a value.
/// @returns nothing if the type cannot hold the value, or it is not finite or
/// unknown.
inline std::optional<value_bits>
convert(const scalar& x, double scale, source_type type) noexcept {
  if (scale == 1 && !is_integer(type)) {
    if (x.kind == scalar_kind::real && std::isfinite(x.real))
      return value_bits::of(x.real);
    if (x.kind == scalar_kind::natural)
      return value_bits::of(static_cast<double>(x.natural));
    if (x.kind == scalar_kind::integer)
      return value_bits::of(static_cast<double>(x.integer));
  }
  return convert_any(x, scale, type);
}

/// A field's value as a text.
/// @returns false if it has none
bool set_text(std::string& out, const scalar& x);

} // namespace rrdflow

#pragma once

#include <cstdint>
#include <string_view>

namespace rrdflow {

enum class scalar_kind : uint8_t {
  /// null, NaN, an infinity: there is a field but no value.
  none,
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

  /// Of a text; belongs to whoever read the payload.
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

  static scalar beyond() noexcept {
    scalar result;
    result.kind = scalar_kind::beyond;
    return result;
  }
};

} // namespace rrdflow

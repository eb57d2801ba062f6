#include "actors/decode/formats/scalar.hpp"

#include "actors/decode/formats/number.hpp"

#include <cmath>

namespace rrdflow {

namespace {

/// With its 64 bits of mantissa a long double holds all 64-bit integers.
long double number(const scalar& x) noexcept {
  switch (x.kind) {
    case scalar_kind::integer:
      return static_cast<long double>(x.integer);
    case scalar_kind::natural:
      return static_cast<long double>(x.natural);
    default:
      return static_cast<long double>(x.real);
  }
}

} // namespace

bool find_value(const word_map& words, scalar& x) noexcept {
  switch (x.kind) {
    case scalar_kind::none:
      return false;
    case scalar_kind::boolean:
      x = scalar::of(static_cast<uint64_t>(x.boolean ? 1 : 0));
      return true;
    case scalar_kind::text: {
      auto text = trimmed(x.text);
      if (parse_number(text, x))
        return true;
      for (auto& [word, value] : words) {
        if (word == text) {
          x = scalar::of(value);
          return true;
        }
      }
      return false;
    }
    default:
      return true;
  }
}

std::optional<value_bits>
convert_any(const scalar& x, double scale, source_type type) noexcept {
  if (x.kind == scalar_kind::beyond)
    return std::nullopt;
  auto scaled = number(x) * static_cast<long double>(scale);
  if (!is_integer(type)) {
    auto result = static_cast<double>(scaled);
    if (!std::isfinite(result))
      return std::nullopt;
    return value_bits::of(result);
  }
  if (!std::isfinite(scaled))
    return std::nullopt;
  auto rounded = std::round(scaled);
  if (type == source_type::counter) {
    if (rounded < 0 || rounded >= 0x1p64L)
      return std::nullopt;
    return value_bits::of(static_cast<uint64_t>(rounded));
  }
  if (rounded < -0x1p63L || rounded >= 0x1p63L)
    return std::nullopt;
  return value_bits::of(static_cast<int64_t>(rounded));
}

} // namespace rrdflow

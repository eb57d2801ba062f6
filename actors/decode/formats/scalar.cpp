#include "actors/decode/formats/scalar.hpp"

#include "actors/decode/formats/number.hpp"

#include <algorithm>
#include <charconv>
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

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool same_word(std::string_view x, std::string_view y) noexcept {
  return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

/// The word as it is written counts before one that differs in case.
const double* find_word(const word_map& words, std::string_view text) noexcept {
  const double* result = nullptr;
  for (auto& [word, value] : words) {
    if (word == text)
      return &value;
    if (result == nullptr && same_word(word, text))
      result = &value;
  }
  return result;
}

const scalar* find_default_word(std::string_view text) noexcept {
  struct entry {
    std::string_view word;
    scalar value;
  };
  static const auto one = scalar::of(uint64_t{1});
  static const auto zero = scalar::of(uint64_t{0});
  static const entry words[] = {
    {"on", one},
    {"off", zero},
    {"open", one},
    {"opened", one},
    {"close", zero},
    {"closed", zero},
    {"online", one},
    {"offline", zero},
    {"true", one},
    {"false", zero},
    {"yes", one},
    {"no", zero},
    {"up", one},
    {"down", zero},
    {"unavailable", scalar::unknown()},
    {"unknown", scalar::unknown()},
    {"none", scalar::unknown()},
    {"nan", scalar::unknown()},
    {"-nan", scalar::unknown()},
    {"inf", scalar::unknown()},
    {"-inf", scalar::unknown()},
    {"infinity", scalar::unknown()},
    {"-infinity", scalar::unknown()},
    {"null", scalar::unknown()},
  };
  for (auto& x : words)
    if (same_word(x.word, text))
      return &x.value;
  return nullptr;
}

} // namespace

bool find_value(const word_map& words, char decimal, scalar& x) noexcept {
  switch (x.kind) {
    case scalar_kind::none:
      return false;
    case scalar_kind::boolean:
      x = scalar::of(static_cast<uint64_t>(x.boolean ? 1 : 0));
      return true;
    case scalar_kind::text: {
      auto text = trimmed(x.text);
      if (auto* value = find_word(words, text))
        x = std::isnan(*value) ? scalar::unknown() : scalar::of(*value);
      else if (auto* word = find_default_word(text))
        x = *word;
      else
        return parse_text_number(text, decimal, x);
      return true;
    }
    default:
      return true;
  }
}

bool has_decimals(const scalar& x, double scale) noexcept {
  auto scaled = x.real * scale;
  // Not the rounding of a scaled decimal fraction, such as 1.1 * 1000.
  return x.kind == scalar_kind::real
         && std::fabs(scaled - std::round(scaled))
              > 1e-9 * std::max(1.0, std::fabs(scaled));
}

std::optional<value_bits>
convert_any(const scalar& x, double scale, source_type type) noexcept {
  if (x.kind == scalar_kind::beyond || x.kind == scalar_kind::unknown)
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

bool set_text(std::string& out, const scalar& x) {
  char digits[32];
  auto end = digits;
  switch (x.kind) {
    case scalar_kind::text:
      out = x.text;
      return true;
    case scalar_kind::boolean:
      out = x.boolean ? "true" : "false";
      return true;
    case scalar_kind::integer:
      end = std::to_chars(digits, digits + sizeof(digits), x.integer).ptr;
      break;
    case scalar_kind::natural:
      end = std::to_chars(digits, digits + sizeof(digits), x.natural).ptr;
      break;
    case scalar_kind::real:
      end = std::to_chars(digits, digits + sizeof(digits), x.real).ptr;
      break;
    default:
      return false;
  }
  out.assign(digits, end);
  return true;
}

} // namespace rrdflow

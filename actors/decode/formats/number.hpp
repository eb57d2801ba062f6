#pragma once

#include "actors/decode/formats/field_list.hpp"

#include <string_view>

namespace rrdflow {

/// `x` without white space at its ends.
inline std::string_view trimmed(std::string_view x) noexcept {
  auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!x.empty() && is_space(x.front()))
    x.remove_prefix(1);
  while (!x.empty() && is_space(x.back()))
    x.remove_suffix(1);
  return x;
}

/// Reads a decimal number: an optional minus, digits with at most one point, an
/// optional exponent; nothing else, and white space only around it. Integers
/// that 64 bits hold stay exact. A number that no double holds (1e999, 1e-999)
/// is scalar_kind::beyond.
/// @returns false if the text is no number; never reads half of it.
bool parse_number(std::string_view text, scalar& x) noexcept;

/// Format `number`: the whole payload is one number, or one word.
void read_number(std::string_view payload, field_list& xs);

} // namespace rrdflow

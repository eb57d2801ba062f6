#pragma once

#include <string>
#include <string_view>

namespace rrdflow {

// Characters of ASCII, whatever the locale.

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string to_lower(std::string_view x) {
  std::string result{x};
  for (auto& c : result)
    c = to_lower(c);
  return result;
}

/// `x` without white space and NULs at its ends.
inline std::string_view trimmed(std::string_view x) noexcept {
  auto is_space
    = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0'; };
  while (!x.empty() && is_space(x.front()))
    x.remove_prefix(1);
  while (!x.empty() && is_space(x.back()))
    x.remove_suffix(1);
  return x;
}

} // namespace rrdflow

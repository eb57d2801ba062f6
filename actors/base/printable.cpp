#include "actors/base/printable.hpp"

#include "actors/base/utf8.hpp"

#include <algorithm>

namespace rrdflow {

namespace {

void append_escaped(std::string& out, char c) {
  constexpr const char* digits = "0123456789abcdef";
  auto byte = static_cast<unsigned char>(c);
  out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
}

} // namespace

std::string printable(std::string_view x, size_t limit) {
  std::string result;
  for (auto c : x.substr(0, limit)) {
    auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\')
      result += c;
    else
      append_escaped(result, c);
  }
  if (x.size() > limit)
    result += "...";
  return result;
}

std::string for_terminal(std::string_view x) {
  std::string result;
  while (!x.empty()) {
    auto [code, size] = first_character(x);
    auto bytes = x.substr(0, std::max<size_t>(size, 1));
    if (size > 0 && is_visible(code))
      result += bytes;
    else
      for (auto c : bytes)
        append_escaped(result, c);
    x.remove_prefix(bytes.size());
  }
  return result;
}

} // namespace rrdflow

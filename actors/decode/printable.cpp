#include "actors/decode/printable.hpp"

namespace rrdflow {

std::string printable(std::string_view x) {
  constexpr size_t max_size = 200;
  constexpr auto digits = "0123456789abcdef";
  std::string result;
  for (auto c : x.substr(0, max_size)) {
    auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\') {
      result += c;
    } else {
      result += "\\x";
      result += digits[byte >> 4];
      result += digits[byte & 15];
    }
  }
  if (x.size() > max_size)
    result += "...";
  return result;
}

} // namespace rrdflow

#include "messages/printable.hpp"

namespace rrdflow {

std::string printable(std::string_view x) {
  constexpr size_t limit = 200;
  constexpr const char* digits = "0123456789abcdef";
  std::string result;
  for (auto c : x.substr(0, limit)) {
    auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\') {
      result += c;
    } else {
      result += "\\x";
      result += digits[byte >> 4];
      result += digits[byte & 15];
    }
  }
  if (x.size() > limit)
    result += "...";
  return result;
}

} // namespace rrdflow

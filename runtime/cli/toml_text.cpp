#include "runtime/cli/toml_text.hpp"

namespace rrdflow {

std::string toml_quoted(std::string_view x) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string result = "\"";
  for (auto c : x) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      result += {'\\', c};
    else if (byte < 0x20 || byte == 0x7f)
      result += {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
    else
      result += c;
  }
  return result + '"';
}

void toml_text::comment(const std::string& x) {
  text_ += "# ";
  // No control character may stand in a comment.
  for (auto c : x)
    text_ += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  text_ += '\n';
}

} // namespace rrdflow

#include "runtime/cli/toml_text.hpp"

namespace rrdflow {

void toml_text::comment(const std::string& x) {
  text_ += "# ";
  // No control character may stand in a comment.
  for (auto c : x)
    text_ += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  text_ += '\n';
}

} // namespace rrdflow

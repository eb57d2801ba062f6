#pragma once

#include "config/toml_value.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rrdflow {

/// Collects "key = value" lines under table headers.
class toml_text {
public:
  void table(const std::string& header) {
    text_ += (text_.empty() ? "" : "\n") + header + '\n';
  }

  void line(const std::string& x) {
    text_ += x + '\n';
  }

  void comment(const std::string& x);

  void string(const std::string& key, std::string_view x) {
    line(key + " = " + toml_quoted(x));
  }

  /// Nothing if `x` is empty.
  void string_if(const std::string& key, std::string_view x) {
    if (!x.empty())
      string(key, x);
  }

  void seconds(const std::string& key, int64_t x) {
    string(key, std::to_string(x) + 's');
  }

  const std::string& text() const noexcept {
    return text_;
  }

private:
  std::string text_;
};

} // namespace rrdflow

#pragma once

#include <cstddef>
#include <string_view>

namespace rrdflow {

/// A character at the front of a text.
struct utf8_character {
  char32_t code = 0;

  /// Bytes; 0: there is no valid character (overlong forms and surrogates are
  /// none).
  size_t size = 0;
};

utf8_character first_character(std::string_view x);

/// Whether a character shows and changes nothing but itself: control
/// characters do not, nor do those that have no width, that turn the direction
/// of the text around them, or that break lines.
bool is_visible(char32_t x);

} // namespace rrdflow

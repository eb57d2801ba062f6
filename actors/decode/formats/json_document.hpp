#pragma once

#include <simdjson.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace rrdflow {

/// A parser of JSON texts that keeps its memory. Included only by the formats:
/// simdjson's header is large.
///
/// Beyond the standard it takes the tokens NaN, Infinity and -Infinity (as
/// Python writes them) for "no value", and tells a number that 64 bits cannot
/// hold apart from broken text.
class json_document {
public:
  /// Objects and arrays inside each other.
  static constexpr size_t max_depth = 16;

  /// Whether a text of the document stands for a number that does not fit.
  static bool is_beyond(std::string_view text) noexcept;

  /// Reads `text`. What it returns is valid until the next call.
  /// @returns true, or false and a `reason` that is a literal.
  bool
  parse(std::string_view text, simdjson::dom::element& x, const char*& reason);

private:
  simdjson::error_code parse_buffer(size_t size, simdjson::dom::element& x);

  simdjson::dom::parser parser_;

  /// A copy of the text, with the padding that simdjson wants.
  std::string buffer_;
};

} // namespace rrdflow

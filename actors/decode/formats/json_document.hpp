#pragma once

#include "actors/decode/formats/format_table.hpp"

#include <simdjson.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace rrdflow {

/// A parser of JSON texts that keeps its memory. Included only by the formats:
/// simdjson's header is large.
///
/// Beyond the standard it takes the tokens NaN, Infinity and inf, in any case
/// and with a sign, for "unknown", and tells a number that 64 bits cannot hold
/// apart from broken text.
class json_document {
public:
  /// Objects and arrays inside each other.
  static constexpr size_t max_depth = 16;

  /// Reads `text`. What it makes of it is valid until the next call.
  /// @returns `fields`, `broken` or `too_deep`
  read_status parse(std::string_view text, simdjson::dom::element& x);

  /// A single value of the document; objects and arrays hold "none".
  scalar value_of(const simdjson::dom::element& x) const;

private:
  simdjson::error_code parse_buffer(size_t size, simdjson::dom::element& x);
  bool neutralize(size_t size);

  simdjson::dom::parser parser_;

  /// A copy of the text, with the padding that simdjson wants.
  std::string buffer_;

  /// A number that does not fit was replaced by a text of nothing but this
  /// character, at least twice, NaN by one of it alone; the document has it
  /// nowhere else. 0: nothing was replaced.
  char mark_ = 0;
};

/// Reads an object of JSON as nearly all devices write it: values are texts of
/// ASCII without escapes, numbers without an exponent, true, false, null, and
/// objects of these. Lists what `read_json` does.
/// @param path Memory to work in.
/// @returns false if there is anything else, or anything wrong: then
///          json_document must judge, and what was listed is of no use
bool read_plain_json(std::string_view text, std::string& path, field_list& xs);

} // namespace rrdflow

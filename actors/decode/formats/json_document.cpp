#include "actors/decode/formats/json_document.hpp"

#include "actors/decode/formats/number.hpp"

#include <algorithm>
#include <new>

namespace rrdflow {

namespace {

/// Cannot stand in a payload's own text but for a bad joke.
constexpr char beyond_mark = '\x7f';

/// Puts a string of the token's size in its place.
void put_string(char* at, size_t size, char filler) {
  std::fill_n(at, size, filler);
  at[0] = '"';
  at[size - 1] = '"';
}

bool is_token_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
         || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' || c == '.';
}

/// Replaces what simdjson refuses and we do not: NaN and infinities become
/// "no value", numbers that do not fit become marks.
/// @returns whether it replaced anything.
bool neutralize(char* text, size_t size) {
  auto changed = false;
  auto quoted = false;
  for (size_t i = 0; i < size; ++i) {
    if (quoted) {
      if (text[i] == '\\')
        ++i;
      else if (text[i] == '"')
        quoted = false;
    } else if (text[i] == '"') {
      quoted = true;
    } else if (is_token_char(text[i])) {
      auto end = i;
      while (end < size && is_token_char(text[end]))
        ++end;
      std::string_view token{text + i, end - i};
      scalar x;
      if (token == "NaN" || token == "Infinity" || token == "-Infinity") {
        // An empty object holds no value, and "{}" is never longer.
        std::fill_n(text + i, token.size(), ' ');
        text[i] = '{';
        text[i + 1] = '}';
        changed = true;
      } else if (token.size() > 2 && parse_number(token, x)
                 && (x.kind == scalar_kind::beyond
                     || (x.kind == scalar_kind::real
                         && token.find_first_of(".eE")
                              == std::string_view::npos))) {
        put_string(text + i, token.size(), beyond_mark);
        changed = true;
      }
      i = end - 1;
    }
  }
  return changed;
}

} // namespace

bool json_document::is_beyond(std::string_view text) noexcept {
  return !text.empty() && text.front() == beyond_mark
         && text.find_first_not_of(beyond_mark) == std::string_view::npos;
}

simdjson::error_code
json_document::parse_buffer(size_t size, simdjson::dom::element& x) {
  return parser_.parse(buffer_.data(), size, false).get(x);
}

bool json_document::parse(std::string_view text, simdjson::dom::element& x,
                          const char*& reason) {
  auto padded = text.size() + simdjson::SIMDJSON_PADDING;
  if (buffer_.size() < padded)
    buffer_.resize(std::max<size_t>(padded, 4096));
  if (parser_.capacity() < text.size() || parser_.capacity() == 0) {
    // One level more than objects: the values inside the innermost.
    if (parser_.allocate(std::max<size_t>(text.size(), 4096), max_depth + 1)
        != simdjson::SUCCESS)
      throw std::bad_alloc{};
  }
  std::copy(text.begin(), text.end(), buffer_.begin());
  std::fill_n(buffer_.begin() + static_cast<ptrdiff_t>(text.size()),
              simdjson::SIMDJSON_PADDING, '\0');
  auto error = parse_buffer(text.size(), x);
  if (error != simdjson::SUCCESS && error != simdjson::DEPTH_ERROR
      && neutralize(buffer_.data(), text.size()))
    error = parse_buffer(text.size(), x);
  if (error == simdjson::SUCCESS)
    return true;
  if (error == simdjson::MEMALLOC)
    throw std::bad_alloc{};
  reason = error == simdjson::DEPTH_ERROR ? "depth" : "json";
  return false;
}

} // namespace rrdflow

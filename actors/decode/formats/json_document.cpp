#include "actors/decode/formats/json_document.hpp"

#include "actors/decode/formats/number.hpp"

#include <algorithm>
#include <new>

namespace rrdflow {

namespace dom = simdjson::dom;

namespace {

bool is_token_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
         || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' || c == '.';
}

/// Whether any text of the document may have the character, as it stands or
/// escaped.
bool may_have(std::string_view document, char c) {
  constexpr auto digits = "0123456789abcdef0123456789ABCDEF";
  if (document.find(c) != std::string_view::npos)
    return true;
  for (auto offset : {0, 16}) {
    const char escaped[] = {'0', '0', digits[c / 16], digits[c % 16 + offset]};
    if (document.find({escaped, sizeof(escaped)}) != std::string_view::npos)
      return true;
  }
  return false;
}

/// A character that may stand in a text of JSON and that no text of the
/// document has; 0 if it has them all.
char unused_character(std::string_view document) {
  for (auto c = '\x7f'; c >= ' '; --c)
    if (c != '"' && c != '\\' && !may_have(document, c))
      return c;
  return 0;
}

/// Whether a token stands for no number, as C and Python write these.
bool is_no_number(std::string_view token) noexcept {
  if (!token.empty() && (token.front() == '-' || token.front() == '+'))
    token.remove_prefix(1);
  for (std::string_view word : {"nan", "inf", "infinity"})
    if (std::equal(token.begin(), token.end(), word.begin(), word.end(),
                   [](char x, char y) { return (x | 0x20) == y; }))
      return true;
  return false;
}

} // namespace

/// Replaces what simdjson refuses and the formats take: NaN and infinities
/// become texts of one mark, numbers that do not fit of several.
/// @returns whether it replaced anything.
bool json_document::neutralize(size_t size) {
  auto* text = buffer_.data();
  auto mark = unused_character({text, size});
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
      auto next = text + end;
      while (*next == ' ' || (*next >= '\t' && *next <= '\r'))
        ++next;
      // The buffer is padded; a key without quotes stays broken.
      if (is_no_number(token) && *next != ':') {
        std::fill_n(text + i, token.size(), ' ');
        // Without a mark, an object: it holds no value.
        text[i] = mark != 0 ? '"' : '{';
        text[i + 1] = mark != 0 ? mark : '}';
        if (mark != 0)
          text[i + 2] = '"';
        mark_ = mark;
        changed = true;
      } else if (mark != 0 && token.size() > 3 && parse_number(token, x)
                 && (x.kind == scalar_kind::beyond
                     || (x.kind == scalar_kind::real
                         && token.find_first_of(".eE")
                              == std::string_view::npos))) {
        std::fill_n(text + i, token.size(), mark);
        text[i] = '"';
        text[end - 1] = '"';
        mark_ = mark;
        changed = true;
      }
      i = end - 1;
    }
  }
  return changed;
}

scalar json_document::value_of(const dom::element& x) const {
  switch (x.type()) {
    case dom::element_type::BOOL:
      return scalar::of(x.get_bool().value_unsafe());
    case dom::element_type::INT64:
      return scalar::of(x.get_int64().value_unsafe());
    case dom::element_type::UINT64:
      return scalar::of(x.get_uint64().value_unsafe());
    case dom::element_type::DOUBLE:
      return scalar::of(x.get_double().value_unsafe());
    case dom::element_type::STRING: {
      auto text = x.get_string().value_unsafe();
      if (mark_ != 0 && !text.empty() && text.front() == mark_)
        return text.size() == 1 ? scalar::unknown() : scalar::beyond();
      return scalar::of(text);
    }
    case dom::element_type::NULL_VALUE:
      return scalar::unknown();
    default:
      return scalar::none();
  }
}

simdjson::error_code json_document::parse_buffer(size_t size, dom::element& x) {
  return parser_.parse(buffer_.data(), size, false).get(x);
}

read_status json_document::parse(std::string_view text, dom::element& x) {
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
  mark_ = 0;
  auto error = parse_buffer(text.size(), x);
  if (error != simdjson::SUCCESS && error != simdjson::DEPTH_ERROR
      && neutralize(text.size()))
    error = parse_buffer(text.size(), x);
  if (error == simdjson::MEMALLOC)
    throw std::bad_alloc{};
  if (error == simdjson::DEPTH_ERROR)
    return read_status::too_deep;
  return error == simdjson::SUCCESS ? read_status::fields : read_status::broken;
}

} // namespace rrdflow

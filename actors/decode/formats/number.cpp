#include "actors/decode/formats/number.hpp"

#include "actors/decode/formats/format_table.hpp"

#include <charconv>

namespace rrdflow {

namespace {

/// Reads all of [first, last) or nothing.
template <class T>
std::errc read_all(const char* first, const char* last, T& x) noexcept {
  auto [end, error] = std::from_chars(first, last, x);
  // What is out of range is a number only if nothing follows it.
  return end == last ? error : std::errc::invalid_argument;
}

} // namespace

bool parse_number(std::string_view text, scalar& x) noexcept {
  text = trimmed(text);
  auto last = text.data() + text.size();
  if (scalar y; !text.empty() && read_decimal(text.data(), last, y) == last) {
    x = y;
    return true;
  }
  auto whole = true;
  auto digits = false;
  // Keeps out what from_chars would take, too: "inf", "nan(1)".
  for (auto c : text) {
    if (c >= '0' && c <= '9')
      digits = true;
    else if (c == '.' || c == 'e' || c == 'E' || c == '+')
      whole = false;
    else if (c != '-')
      return false;
  }
  if (!digits)
    return false;
  auto first = text.data();
  if (whole) {
    int64_t integer;
    uint64_t natural;
    auto error = read_all(first, last, integer);
    if (error == std::errc{}) {
      x = scalar::of(integer);
      return true;
    }
    if (error != std::errc::result_out_of_range)
      return false;
    if (read_all(first, last, natural) == std::errc{}) {
      x = scalar::of(natural);
      return true;
    }
  }
  double real;
  auto error = read_all(first, last, real);
  if (error == std::errc{})
    x = scalar::of(real);
  else if (error == std::errc::result_out_of_range)
    x = scalar::beyond();
  return error == std::errc{} || error == std::errc::result_out_of_range;
}

read_status read_number(const raw_payload& x, format_output& out) {
  auto& xs = out.fields;
  scalar value;
  if (parse_number(x.text, value))
    xs.add_lasting("", field_list::no_priority, value);
  else if (x.text == "true" || x.text == "false")
    xs.add({}, scalar::of(x.text == "true"));
  else
    xs.add({}, scalar::of(x.text));
  return read_status::fields;
}

} // namespace rrdflow

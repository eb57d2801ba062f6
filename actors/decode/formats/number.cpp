#include "actors/decode/formats/number.hpp"

#include "actors/decode/formats/format_table.hpp"
#include "actors/decode/formats/unit.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace rrdflow {

namespace {

/// Reads all of [first, last) or nothing.
template <class T>
std::errc read_all(const char* first, const char* last, T& x) noexcept {
  auto [end, error] = std::from_chars(first, last, x);
  // What is out of range is a number only if nothing follows it.
  return end == last ? error : std::errc::invalid_argument;
}

/// Digits of a number in a text: of a whole one; of one that begins with zeros;
/// of any, without the zeros in front; with them.
constexpr size_t max_whole = 14;
constexpr size_t max_padded = 8;
constexpr size_t max_exact_digits = 17;
constexpr size_t max_text_digits = 40;

size_t count_digits(std::string_view x) noexcept {
  size_t result = 0;
  while (result < x.size() && digit_of(x[result]) <= 9)
    ++result;
  return result;
}

/// Without the blanks in front, those that do not break included.
std::string_view without_blank(std::string_view x) noexcept {
  for (std::string_view blank : {" ", "\t", "\u00a0", "\u202f", " "})
    while (x.substr(0, blank.size()) == blank)
      x.remove_prefix(blank.size());
  return x;
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

bool parse_text_number(std::string_view text, char decimal,
                       scalar& x) noexcept {
  text = trimmed(text);
  auto negative = !text.empty() && text.front() == '-';
  if (negative || (!text.empty() && text.front() == '+'))
    text.remove_prefix(1);
  auto whole = count_digits(text);
  auto rest = text.substr(whole);
  size_t decimals = 0;
  if (!rest.empty() && (rest.front() == decimal || rest.front() == '.')) {
    decimals = count_digits(rest.substr(1));
    if (rest.front() != decimal && (decimals == 0 || decimals == 3))
      return false;
    rest.remove_prefix(1 + decimals);
  }
  if (whole + decimals == 0 || (!rest.empty() && !is_unit(without_blank(rest))))
    return false;
  if (decimals == 0
      && (whole > max_whole || (whole > max_padded && text.front() == '0')))
    return false;
  auto leading = std::min(text.find_first_not_of("0.,"), whole + 1 + decimals);
  if (whole + decimals > max_exact_digits + leading
      || whole + decimals > max_text_digits)
    return false;
  char number[max_text_digits + 3];
  auto end = number;
  if (negative)
    *end++ = '-';
  end = std::copy_n(text.data(), whole, end);
  if (decimals > 0) {
    *end++ = '.';
    end = std::copy_n(text.data() + whole + 1, decimals, end);
  }
  return parse_number({number, static_cast<size_t>(end - number)}, x);
}

namespace {

/// Reads "N:21.5" and "1700000000.5:21.5", as `rrdtool update` takes them, a
/// value or U.
bool read_rrd_update(std::string_view text, field_list& xs) {
  constexpr size_t time_digits = 10;
  constexpr size_t max_fraction = 9;
  auto colon = text.find(':');
  if (colon == std::string_view::npos)
    return false;
  auto left = text.substr(0, colon);
  auto right = text.substr(colon + 1);
  auto time = field_list::no_time;
  if (left != "N") {
    auto whole = count_digits(left);
    auto fraction = left.substr(std::min(whole, left.size()));
    if (whole != time_digits
        || (!fraction.empty()
            && (fraction.front() != '.'
                || count_digits(fraction.substr(1)) + 1 != fraction.size()
                || fraction.size() == 1 || fraction.size() > max_fraction + 1)))
      return false;
    // 19 digits fit, if there is no sign.
    uint64_t digits = 0;
    for (size_t i = 0; i < time_digits + max_fraction; ++i) {
      // Behind the last digit of the fraction come zeros.
      auto at = i < time_digits ? i : i + 1;
      digits = digits * 10 + (at < left.size() ? digit_of(left[at]) : 0);
    }
    constexpr uint64_t last = std::numeric_limits<int64_t>::max();
    time = static_cast<int64_t>(std::min(digits, last));
  }
  auto value = scalar::unknown();
  if (right != "U" && !parse_number(right, value))
    return false;
  xs.add({}, field_list::no_priority, value).time = time;
  return true;
}

} // namespace

read_status read_number(const raw_payload& x, format_output& out) {
  auto& xs = out.fields;
  scalar value;
  // With a comma for decimals a point may be a thousands separator.
  auto plain = x.decimal == '.' || x.text.find('.') == std::string_view::npos;
  if (plain && parse_number(x.text, value))
    xs.add_lasting("", field_list::no_priority, value);
  else if (!read_rrd_update(x.text, xs))
    xs.add({}, scalar::of(x.text));
  return read_status::fields;
}

} // namespace rrdflow

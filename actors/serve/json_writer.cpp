#include "actors/serve/json_writer.hpp"

#include <charconv>
#include <cmath>

namespace rrdflow {

namespace {

/// The length of the valid UTF-8 sequence at the front of `x`; 0: invalid.
size_t sequence_length(std::string_view x) {
  auto at = [&](size_t i) {
    return i < x.size() ? static_cast<unsigned char>(x[i]) : 0u;
  };
  auto tail = [&](size_t i) { return (at(i) & 0xc0u) == 0x80u; };
  auto first = at(0);
  if (first < 0x80)
    return 1;
  if (first >= 0xc2 && first <= 0xdf)
    return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (!tail(1) || !tail(2))
      return 0;
    auto overlong = first == 0xe0 && at(1) < 0xa0;
    auto surrogate = first == 0xed && at(1) > 0x9f;
    return overlong || surrogate ? 0 : 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (!tail(1) || !tail(2) || !tail(3))
      return 0;
    auto overlong = first == 0xf0 && at(1) < 0x90;
    auto beyond = first == 0xf4 && at(1) > 0x8f;
    return overlong || beyond ? 0 : 4;
  }
  return 0;
}

constexpr char digits[] = "0123456789abcdef";

} // namespace

void append_number(std::string& out, double x, std::string_view unknown) {
  if (!std::isfinite(x)) {
    out += unknown;
    return;
  }
  char buffer[32];
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), x).ptr;
  out.append(buffer, end);
}

void append_number(std::string& out, int64_t x) {
  char buffer[24];
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), x).ptr;
  out.append(buffer, end);
}

void json_writer::separate() {
  if (comma_)
    out_ += ',';
  comma_ = true;
}

void json_writer::begin_object() {
  separate();
  out_ += '{';
  comma_ = false;
}

void json_writer::end_object() {
  out_ += '}';
  comma_ = true;
}

void json_writer::begin_array() {
  separate();
  out_ += '[';
  comma_ = false;
}

void json_writer::end_array() {
  out_ += ']';
  comma_ = true;
}

void json_writer::key(std::string_view name) {
  separate();
  quote(name);
  out_ += ':';
  comma_ = false;
}

void json_writer::value(std::string_view x) {
  separate();
  quote(x);
}

void json_writer::value(double x) {
  separate();
  append_number(out_, x, "null");
}

void json_writer::value(int64_t x) {
  separate();
  append_number(out_, x);
}

void json_writer::value(uint64_t x) {
  separate();
  out_ += std::to_string(x);
}

void json_writer::value(bool x) {
  separate();
  out_ += x ? "true" : "false";
}

void json_writer::null() {
  separate();
  out_ += "null";
}

void json_writer::quote(std::string_view x) {
  out_ += '"';
  while (!x.empty()) {
    auto n = sequence_length(x);
    auto c = static_cast<unsigned char>(x.front());
    if (n == 0) {
      out_ += "\\\\x";
      out_ += digits[c >> 4];
      out_ += digits[c & 15];
      n = 1;
    } else if (c == '"' || c == '\\') {
      out_ += '\\';
      out_ += x.front();
    } else if (c == '\n') {
      out_ += "\\n";
    } else if (c < 0x20 || c == 0x7f) {
      out_ += "\\u00";
      out_ += digits[c >> 4];
      out_ += digits[c & 15];
    } else {
      out_.append(x.data(), n);
    }
    x.remove_prefix(n);
  }
  out_ += '"';
}

} // namespace rrdflow

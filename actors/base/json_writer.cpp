#include "actors/base/json_writer.hpp"

#include "actors/base/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace rrdflow {

namespace {

constexpr char digits[] = "0123456789abcdef";

void append_unit(std::string& out, char32_t x) {
  out += "\\u";
  for (auto shift : {12, 8, 4, 0})
    out += digits[x >> shift & 15];
}

/// The \u of a character, or two of them beyond 16 bits.
void append_escape(std::string& out, char32_t x) {
  if (x < 0x10000)
    return append_unit(out, x);
  append_unit(out, 0xd800 + ((x - 0x10000) >> 10));
  append_unit(out, 0xdc00 + ((x - 0x10000) & 0x3ff));
}

} // namespace

void append_number(std::string& out, double x, std::string_view unknown) {
  if (!std::isfinite(x)) {
    out += unknown;
    return;
  }
  char buffer[32];
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), x).ptr;
  // Readers of JSON may refuse integers that 64 bits cannot hold.
  if (std::fabs(x) >= 0x1p63 && std::find(buffer, end, 'e') == end)
    end = std::to_chars(buffer, buffer + sizeof(buffer), x,
                        std::chars_format::scientific)
            .ptr;
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
    auto [code, n] = first_character(x);
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
    } else if (!is_visible(code)) {
      append_escape(out_, code);
    } else {
      out_.append(x.data(), n);
    }
    x.remove_prefix(n);
  }
  out_ += '"';
}

} // namespace rrdflow

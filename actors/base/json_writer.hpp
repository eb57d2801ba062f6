#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rrdflow {

/// Appends the shortest text that reads back as `x`; NaN and infinities are not
/// numbers in JSON: `unknown` stands for them.
void append_number(std::string& out, double x, std::string_view unknown);
void append_number(std::string& out, int64_t x);

/// Writes JSON text front to back. The caller keeps the grammar: begin and end
/// match, members only in objects.
///
/// Strings may be any bytes; those that are not valid UTF-8 appear as the four
/// characters `\xNN`, so that the text is always valid.
class json_writer {
public:
  void begin_object();
  void end_object();
  void begin_array();
  void end_array();

  /// Begins a member of an object; a value must follow.
  void key(std::string_view name);

  void value(std::string_view x);
  void value(const char* x) {
    value(std::string_view{x});
  }
  void value(double x);
  void value(int64_t x);
  void value(uint64_t x);
  void value(bool x);
  void null();

  template <class T>
  void member(std::string_view name, const T& x) {
    key(name);
    value(x);
  }

  void reserve(size_t bytes) {
    out_.reserve(bytes);
  }

  std::string take() {
    return std::move(out_);
  }

private:
  void separate();
  void quote(std::string_view x);

  std::string out_;

  /// Whether a comma must precede the next element.
  bool comma_ = false;
};

} // namespace rrdflow

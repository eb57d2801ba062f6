#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace rrdflow::fuzz {

/// Ends the run, and keeps its input, if what must hold does not.
inline void require(bool x, const char* what) {
  if (x)
    return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

inline std::string_view text_of(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Takes the first line from `text`, which is its last one if no other follows.
inline std::string_view take_line(std::string_view& text) {
  auto end = text.find('\n');
  auto result = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return result;
}

/// Takes the first byte, 0 if there is none.
inline uint8_t take_byte(std::string_view& bytes) {
  if (bytes.empty())
    return 0;
  auto result = static_cast<uint8_t>(bytes.front());
  bytes.remove_prefix(1);
  return result;
}

} // namespace rrdflow::fuzz

#include "actors/base/utf8.hpp"

namespace rrdflow {

namespace {

struct range {
  char32_t first;
  char32_t last;
};

/// Controls, category Cf of Unicode 15, and its line and paragraph separators.
constexpr range invisible[] = {
  {0, 0x1f},          {0x7f, 0x9f},       {0xad, 0xad},
  {0x600, 0x605},     {0x61c, 0x61c},     {0x6dd, 0x6dd},
  {0x70f, 0x70f},     {0x890, 0x891},     {0x8e2, 0x8e2},
  {0x180e, 0x180e},   {0x200b, 0x200f},   {0x2028, 0x202e},
  {0x2060, 0x206f},   {0xfeff, 0xfeff},   {0xfff9, 0xfffb},
  {0x110bd, 0x110bd}, {0x110cd, 0x110cd}, {0x13430, 0x1343f},
  {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe007f},
};

} // namespace

utf8_character first_character(std::string_view x) {
  if (x.empty())
    return {};
  auto byte = [&](size_t i) { return static_cast<unsigned char>(x[i]); };
  char32_t first = byte(0);
  if (first < 0x80)
    return {first, 1};
  size_t size = first >= 0xc2 && first < 0xe0   ? 2
                : first >= 0xe0 && first < 0xf0 ? 3
                : first >= 0xf0 && first < 0xf5 ? 4
                                                : 0;
  if (size == 0 || x.size() < size)
    return {};
  auto code = first & (0x7fu >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80)
      return {};
    code = code << 6 | (byte(i) & 0x3fu);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < least[size] || code > 0x10ffff
      || (code >= 0xd800 && code <= 0xdfff))
    return {};
  return {code, size};
}

bool is_visible(char32_t x) {
  for (auto& [first, last] : invisible)
    if (x >= first && x <= last)
      return false;
  return true;
}

} // namespace rrdflow

#include "actors/catalog/path_escape.hpp"

#include "messages/error.hpp"

namespace rrdflow {

namespace {

constexpr std::string_view hex = "0123456789ABCDEF";
constexpr std::string_view suffix = ".rrd";

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

void append_hex(char c, std::string& out) {
  auto byte = static_cast<unsigned char>(c);
  out += hex[byte >> 4];
  out += hex[byte & 15];
}

/// The index of the dot that must not stay, if any.
size_t special_dot(std::string_view level, bool above_others) {
  if (level.size() >= suffix.size()
      && level.substr(level.size() - suffix.size()) == suffix)
    return level.size() - suffix.size();
  if (above_others && level == "index.txt")
    return 5;
  return std::string_view::npos;
}

void append_level(std::string_view level, bool above_others, std::string& out) {
  if (level.empty()) {
    out += '=';
    return;
  }
  auto dot = special_dot(level, above_others);
  for (size_t i = 0; i < level.size(); ++i) {
    auto c = level[i];
    if (is_plain(c) && i != dot && (i != 0 || (c != '.' && c != '-'))) {
      out += c;
    } else {
      out += '=';
      append_hex(c, out);
    }
  }
}

} // namespace

caf::expected<std::string> escape_name(std::string_view name) {
  if (name.size() > max_escaped_path)
    return fail(ec::bad_request, "the name is too long");
  std::string result;
  for (size_t begin = 0;;) {
    auto end = std::min(name.find('/', begin), name.size());
    auto at = result.size();
    append_level(name.substr(begin, end - begin),
                 begin == 0 && end < name.size(), result);
    if (result.size() - at > max_escaped_level)
      return fail(ec::bad_request, "a level of the name is too long");
    if (result.size() > max_escaped_path)
      return fail(ec::bad_request, "the name is too long");
    if (end == name.size())
      return result;
    result += '/';
    begin = end + 1;
  }
}

std::optional<std::string> unescape_path(std::string_view path) {
  // `escape_name` made it only if it makes the same path again.
  for (size_t i = 0; i < path.size(); ++i)
    if (path[i] == '=' && i + 1 < path.size() && path[i + 1] != '/'
        && (i + 2 >= path.size() || hex.find(path[i + 1]) == hex.npos
            || hex.find(path[i + 2]) == hex.npos))
      return std::nullopt;
  std::string result;
  append_name(path, result);
  auto again = escape_name(result);
  if (!again || *again != path)
    return std::nullopt;
  return result;
}

void append_name(std::string_view path, std::string& out) {
  for (;;) {
    auto i = path.find('=');
    if (i == path.npos) {
      out += path;
      return;
    }
    out += path.substr(0, i);
    path.remove_prefix(i + 1);
    if (path.size() >= 2 && path[0] != '/') {
      out += static_cast<char>(hex.find(path[0]) << 4 | hex.find(path[1]));
      path.remove_prefix(2);
    }
  }
}

} // namespace rrdflow

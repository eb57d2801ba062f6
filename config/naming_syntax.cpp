#include "config/naming_syntax.hpp"

#include <algorithm>
#include <charconv>

namespace rrdflow {

namespace {

// Takes what stands between the braces.
bool add_part(naming_use& use, std::string_view name) {
  if (name == "topic") {
    use.topic = true;
    return true;
  }
  if (name == "path") {
    use.path = true;
    return true;
  }
  auto tail = name.size() > 2 && name.substr(name.size() - 2) == "..";
  if (tail)
    name.remove_suffix(2);
  size_t level = 0;
  auto end = name.data() + name.size();
  auto [last, error] = std::from_chars(name.data(), end, level);
  if (name.empty() || error != std::errc{} || last != end || level > 65535)
    return false;
  if (tail)
    use.tail = std::min(level, use.tail.value_or(level));
  else
    use.levels.push_back(level);
  return true;
}

} // namespace

bool naming_use::uses_level(size_t i) const {
  return uses_tail(i)
         || std::find(levels.begin(), levels.end(), i) != levels.end();
}

naming_use parse_naming(std::string_view text) {
  naming_use result;
  if (text.empty())
    result.mistake = "it is empty";
  while (!text.empty() && result.mistake.empty()) {
    auto brace = text.find_first_of("{}");
    if (brace == std::string_view::npos)
      break;
    auto end = text.find('}', brace);
    if (text[brace] == '}' || end == std::string_view::npos) {
      result.mistake = "a brace without its other half";
      break;
    }
    auto name = text.substr(brace + 1, end - brace - 1);
    if (!add_part(result, name))
      result.mistake = "unknown part \"{" + std::string{name}
                       + "}\"; it is one of {topic}, {path}, {0}, {1}..., "
                         "{1..}";
    text.remove_prefix(end + 1);
  }
  return result;
}

} // namespace rrdflow

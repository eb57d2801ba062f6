#include "actors/decode/topic_filter.hpp"

#include "actors/decode/formats/utf8.hpp"

namespace rrdflow {

namespace {

/// Takes the first level from `text`, which must not be at its end.
/// @returns whether another level follows.
bool next_level(std::string_view& text, std::string_view& level) noexcept {
  auto slash = text.find('/');
  level = text.substr(0, slash);
  if (slash == std::string_view::npos)
    return false;
  text.remove_prefix(slash + 1);
  return true;
}

std::string_view without_share(std::string_view filter) noexcept {
  constexpr std::string_view share = "$share/";
  if (filter.substr(0, share.size()) != share)
    return filter;
  auto slash = filter.find('/', share.size());
  return slash == std::string_view::npos ? filter : filter.substr(slash + 1);
}

} // namespace

bool topic_matches(std::string_view filter, std::string_view topic) noexcept {
  filter = without_share(filter);
  if (filter.empty() || topic.empty())
    return false;
  if (topic.front() == '$' && (filter.front() == '+' || filter.front() == '#'))
    return false;
  std::string_view wanted;
  std::string_view level;
  for (;;) {
    auto more_wanted = next_level(filter, wanted);
    if (wanted == "#" && !more_wanted)
      return true;
    auto more = next_level(topic, level);
    if (wanted != "+" && wanted != level)
      return false;
    if (!more_wanted || !more)
      // "a/#" matches "a", too.
      return more_wanted == more || (more_wanted && filter == "#");
  }
}

bool is_good_topic(std::string_view topic) noexcept {
  if (topic.empty() || !is_utf8(topic))
    return false;
  auto before = '\0';
  for (auto c : topic) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '+' || c == '#')
      return false;
    // U+0080 to U+009F, the other control characters.
    if (before == '\xc2' && byte < 0xa0)
      return false;
    before = c;
  }
  return true;
}

} // namespace rrdflow

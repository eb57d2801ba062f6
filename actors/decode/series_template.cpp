#include "actors/decode/series_template.hpp"

#include <charconv>

namespace rrdflow {

namespace {

/// Sets `topic` to what is from its level `n` on.
/// @returns whether there is such a level.
bool skip_levels(std::string_view& topic, unsigned n) {
  for (; n > 0; --n) {
    auto slash = topic.find('/');
    if (slash == std::string_view::npos)
      return false;
    topic.remove_prefix(slash + 1);
  }
  return true;
}

} // namespace

bool series_template::parse_part(std::string_view text, part& x) {
  if (text == "topic" || text == "path") {
    x.kind = text == "topic" ? part_kind::topic : part_kind::path;
    return true;
  }
  auto last = text.data() + text.size();
  auto [end, error] = std::from_chars(text.data(), last, x.level);
  if (error != std::errc{})
    return false;
  std::string_view rest{end, static_cast<size_t>(last - end)};
  x.kind = rest.empty() ? part_kind::level : part_kind::tail;
  return rest.empty() || rest == "..";
}

caf::expected<series_template> series_template::parse(std::string_view text) {
  series_template result;
  auto whole = text;
  auto wrong = [&](std::string reason) {
    return fail(ec::bad_config, std::string{whole} + ": " + reason);
  };
  while (!text.empty()) {
    part x;
    if (text.front() == '{') {
      auto close = text.find('}');
      if (close == std::string_view::npos)
        return wrong("a brace is not closed");
      if (!parse_part(text.substr(1, close - 1), x))
        return wrong("only {topic}, {path}, {0} and {1..} stand in braces");
      text.remove_prefix(close + 1);
    } else {
      auto open = text.find('{');
      x.text = text.substr(0, open);
      if (x.text.find('}') != std::string::npos)
        return wrong("a brace is not opened");
      text.remove_prefix(x.text.size());
    }
    result.parts_.push_back(std::move(x));
  }
  if (result.parts_.empty())
    return wrong("a name is needed");
  return result;
}

std::string
series_template::expand(std::string_view topic, std::string_view path) const {
  std::string result;
  auto drop_slash = false;
  for (auto& x : parts_) {
    auto rest = topic;
    switch (x.kind) {
      case part_kind::text: {
        std::string_view text = x.text;
        if (drop_slash && text.front() == '/')
          text.remove_prefix(1);
        result += text;
        break;
      }
      case part_kind::topic:
        result += topic;
        break;
      case part_kind::path:
        result += path;
        break;
      case part_kind::level:
      case part_kind::tail:
        if (!skip_levels(rest, x.level))
          return {};
        result
          += x.kind == part_kind::tail ? rest : rest.substr(0, rest.find('/'));
        break;
    }
    drop_slash = false;
    if (x.kind == part_kind::path && path.empty()) {
      if (!result.empty() && result.back() == '/')
        result.pop_back();
      else
        drop_slash = result.empty();
    }
  }
  return result;
}

} // namespace rrdflow

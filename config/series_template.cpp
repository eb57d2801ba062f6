#include "config/series_template.hpp"

#include <algorithm>
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

bool series_template::parse_part(std::string_view name, part& x) {
  if (name == "topic" || name == "path") {
    x.kind = name == "topic" ? part_kind::topic : part_kind::path;
    return true;
  }
  constexpr std::string_view field = "field:";
  if (name.substr(0, field.size()) == field) {
    x.kind = part_kind::field;
    name.remove_prefix(field.size());
    auto i = std::find(fields_.begin(), fields_.end(), name);
    x.level = static_cast<unsigned>(i - fields_.begin());
    if (i == fields_.end())
      fields_.emplace_back(name);
    return !name.empty();
  }
  auto last = name.data() + name.size();
  auto [end, error] = std::from_chars(name.data(), last, x.level);
  if (error != std::errc{} || x.level > 65535)
    return false;
  std::string_view rest{end, static_cast<size_t>(last - end)};
  x.kind = rest.empty() ? part_kind::level : part_kind::tail;
  return rest.empty() || rest == "..";
}

series_template::series_template(std::string x) : text{std::move(x)} {
  std::string_view rest = text;
  if (rest.empty())
    mistake = "it is empty";
  while (!rest.empty() && mistake.empty()) {
    part next;
    auto brace = std::min(rest.find_first_of("{}"), rest.size());
    if (brace > 0) {
      next.text = rest.substr(0, brace);
      rest.remove_prefix(brace);
    } else if (auto end = rest.find('}');
               end == 0 || end == std::string_view::npos) {
      mistake = "a brace without its other half";
    } else {
      auto name = rest.substr(1, end - 1);
      if (!parse_part(name, next))
        mistake = "unknown part \"{" + std::string{name}
                  + "}\"; it is one of {topic}, {path}, {0}, {1}..., {1..}, "
                    "{field:id}";
      rest.remove_prefix(end + 1);
    }
    parts_.push_back(std::move(next));
  }
}

std::string
series_template::with_fields(const std::vector<std::string>& paths) const {
  std::string added;
  for (auto& x : paths)
    added += "{field:" + x + "}/";
  auto result = text;
  auto at = result.find("{path}");
  if (at != std::string::npos)
    return result.insert(at, added);
  added.pop_back();
  return result + '/' + added;
}

bool series_template::uses_path() const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [](auto& x) { return x.kind == part_kind::path; });
}

bool series_template::uses_level(size_t i) const {
  return uses_tail(i)
         || std::any_of(parts_.begin(), parts_.end(), [i](auto& x) {
              return x.kind == part_kind::level && x.level == i;
            });
}

bool series_template::uses_tail(size_t i) const {
  return std::any_of(parts_.begin(), parts_.end(), [i](auto& x) {
    return x.kind == part_kind::topic
           || (x.kind == part_kind::tail && x.level <= i);
  });
}

size_t series_template::needed_levels() const {
  size_t result = 0;
  for (auto& x : parts_)
    if (x.kind == part_kind::level || x.kind == part_kind::tail)
      result = std::max<size_t>(result, x.level + 1);
  return result;
}

std::string
series_template::expand(std::string_view topic, std::string_view path,
                        const std::vector<std::string>& values) const {
  std::string result;
  auto drop_slash = false;
  for (auto& x : parts_) {
    auto rest = topic;
    switch (x.kind) {
      case part_kind::text: {
        auto slash = drop_slash && x.text.front() == '/';
        result.append(x.text, slash ? 1 : 0);
        break;
      }
      case part_kind::topic:
        result += topic;
        break;
      case part_kind::path:
        result += path;
        break;
      case part_kind::field:
        if (x.level >= values.size())
          return {};
        result += values[x.level];
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

/// From topic to series to path. The input: a naming template, a filter (which
/// serves as a glob, too), a path in a payload, each one line, and the topic.

#include "actors/base/printable.hpp"
#include "actors/catalog/path_escape.hpp"
#include "actors/catalog/series_list.hpp"
#include "actors/catalog/series_origin.hpp"
#include "actors/decode/topic_filter.hpp"
#include "config/series_template.hpp"
#include "config/topic_syntax.hpp"
#include "tests/fuzz/oracle.hpp"

#include <simdjson.h>

#include <memory>
#include <vector>

using namespace rrdflow;
using fuzz::require;

namespace {

bool ends_with(std::string_view x, std::string_view end) {
  return x.size() >= end.size() && x.substr(x.size() - end.size()) == end;
}

/// What must hold of whatever path is made of a name.
void check_path(std::string_view name) {
  auto path = escape_name(name);
  if (!path)
    return;
  require(!path->empty() && path->size() <= max_escaped_path, "path: size");
  auto levels = 0u;
  for (auto level : topic_levels(*path)) {
    ++levels;
    require(!level.empty() && level.size() <= max_escaped_level, "level: size");
    require(level.front() != '.' && level.front() != '-', "level: its front");
    require(!ends_with(level, ".rrd"), "a folder with the name of a file");
    for (auto c : level)
      require((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'
                || c == '=',
              "level: a character");
  }
  require(levels == 1 || path->substr(0, 10) != "index.txt/", "index.txt");
  require(unescape_path(*path) == std::string{name}, "the name comes back");
  std::string appended = "x";
  append_name(*path, appended);
  require(appended == "x" + std::string{name}, "the name is appended");
}

/// Matches one level at a time, as the standard tells it.
bool matches(const std::vector<std::string_view>& filter,
             const std::vector<std::string_view>& topic, size_t at = 0) {
  for (; at < filter.size(); ++at) {
    if (filter[at] == "#")
      return true;
    if (at == topic.size() || (filter[at] != "+" && filter[at] != topic[at]))
      return false;
  }
  return at == topic.size();
}

void check_filter(std::string_view filter, std::string_view topic) {
  if (!topic_filter_mistake(filter).empty() || topic.empty())
    return;
  auto system
    = topic.front() == '$' && (filter.front() == '+' || filter.front() == '#');
  require(topic_matches(filter, topic)
            == (!system && matches(topic_levels(filter), topic_levels(topic))),
          "filter and topic");
  if (topic_filter_mistake(topic).empty() && covers(filter, topic))
    require(topic.find_first_of("+#") != topic.npos
              || topic_matches(filter, topic),
            "a filter covers what it matches");
}

/// Row by row, without going back.
bool glob_matches(std::string_view glob, std::string_view name) {
  std::vector<bool> row(name.size() + 1, false);
  row[0] = true;
  for (auto g : glob) {
    auto before = row;
    row.assign(name.size() + 1, false);
    row[0] = g == '*' && before[0];
    for (size_t i = 1; i <= name.size(); ++i)
      row[i] = g == '*' ? row[i - 1] || before[i]
                        : before[i - 1] && (g == '?' || g == name[i - 1]);
  }
  return row.back();
}

void check_origin(std::string_view name, std::string_view topic,
                  std::string_view path) {
  if (topic.empty() || topic.size() > 65535)
    return;
  // It takes a megabyte at once, which would be most of the work.
  static auto store = std::make_unique<origin_store>();
  static auto uses = 0;
  if (++uses % 500 == 0)
    store = std::make_unique<origin_store>();
  auto& uut = *store;
  auto other = uut.add("other", "a/b", "c");
  auto ref = uut.add(name, topic, path);
  auto back = uut.at(ref, name);
  require(back.topic == topic && back.path == path, "the origin comes back");
  require(uut.at(other, "other").topic == "a/b", "the other origin");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto topic = fuzz::text_of(data, size);
  auto text = fuzz::take_line(topic);
  auto filter = fuzz::take_line(topic);
  auto path = fuzz::take_line(topic);
  check_filter(filter, topic);
  if (filter.size() * topic.size() < 2000)
    require(name_matches_glob(filter, topic) == glob_matches(filter, topic),
            "glob and name");
  check_path(topic);
  if (auto name = unescape_path(topic)) {
    auto again = escape_name(*name);
    require(again && *again == topic, "only paths of series have names");
  }
  if (is_good_topic(topic)) {
    require(simdjson::validate_utf8(topic.data(), topic.size()),
            "a good topic is UTF-8");
    for (auto c : topic)
      require(static_cast<unsigned char>(c) >= 0x20 && c != '\x7f' && c != '+'
                && c != '#',
              "a good topic has no control characters");
  }
  if (series_template uut{std::string{text}}; uut.mistake.empty()) {
    auto name = uut.expand(topic, path);
    check_path(name);
    check_origin(name, topic, path);
  }
  for (auto c : printable(topic))
    require(c >= ' ' && c <= '~', "text of others is made printable");
  return 0;
}

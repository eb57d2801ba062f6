#include "config/addresses.hpp"
#include "config/archive_syntax.hpp"
#include "config/definition_keys.hpp"
#include "config/load_parts.hpp"
#include "config/topic_syntax.hpp"

#include <limits>
#include <map>

namespace rrdflow {

namespace {

using kind = toml_value::kind;

void load_map(table_reader& reader, word_map& x) {
  x = default_word_map();
  auto value = reader.find("map", kind::table);
  if (!value)
    return;
  x.clear();
  for (auto& member : value->members) {
    auto& number = member.value;
    if (number.type == kind::real || number.type == kind::integer)
      x.emplace_back(member.key, number.real);
    else
      reader.issues().error(number.at, "map: \"" + member.key
                                         + "\" must stand for a number, not "
                                         + to_string(number.type));
  }
}

void check_field_path(table_reader& reader, const std::string& path) {
  for (size_t i = 0; i < path.size();) {
    auto slash = std::min(path.find('/', i), path.size());
    auto level = std::string_view{path}.substr(i, slash - i);
    if (level.find('*') != std::string_view::npos && level != "*"
        && level != "**")
      reader.issues().error(reader.place("path"),
                            "path: \"*\" and \"**\" must be whole levels, not "
                            "\""
                              + std::string{level} + '"');
    i = slash + 1;
  }
}

// A finished definition, or the rule's if both are alike.
definition_ptr make_definition(issue_list& issues, const definition_keys& keys,
                               const definition_ptr& rule) {
  auto result = std::make_shared<file_definition>();
  result->step = *keys.step.value;
  result->lateness = *keys.lateness.value;
  result->sources.push_back(make_source(issues, keys, "value"));
  result->archives = make_archives(
    issues, keys, default_archives(result->step, *keys.xff.value));
  if (rule && *rule == *result)
    return rule;
  return result;
}

field_config
load_field(issue_list& issues, const toml_value& table,
           const definition_keys& rule_keys, const definition_ptr& rule) {
  field_config result;
  table_reader reader{issues, table, "rule.fields"};
  if (!reader.find("path"))
    issues.error(table.at, "an entry of fields needs a path");
  reader.read("path", result.path);
  check_field_path(reader, result.path);
  reader.read("drop", result.drop);
  reader.read("scale", result.scale);
  if (result.scale == 0)
    issues.error(reader.place("scale"), "scale must not be 0");
  definition_keys keys;
  read_file_keys(reader, keys);
  read_sample_keys(reader, keys);
  read_source_keys(reader, keys);
  reader.finish();
  result.definition = make_definition(issues, inherit(keys, rule_keys), rule);
  return result;
}

void load_fields(table_reader& reader, rule_config& x,
                 const definition_keys& keys) {
  auto value = reader.find("fields", kind::array);
  if (!value)
    return;
  for (auto& item : value->items) {
    if (item.type == kind::table)
      x.fields.push_back(load_field(reader.issues(), item, keys, x.definition));
    else
      reader.issues().error(
        item.at, std::string{"fields must hold tables like { path = \"a/b\", "
                             "type = \"COUNTER\" }, not "}
                   + to_string(item.type));
  }
}

definition_keys load_definition(table_reader& reader, rule_config& x) {
  definition_keys keys, defaults;
  read_file_keys(reader, keys);
  read_slot_keys(reader, keys);
  read_sample_keys(reader, keys);
  read_source_keys(reader, keys);
  defaults.step.value = 10;
  defaults.lateness.value = 0;
  defaults.xff.value = 0.5;
  keys = inherit(keys, defaults);
  x.definition = make_definition(reader.issues(), keys, nullptr);
  // Only a field's own settings are its own.
  return keys;
}

rule_config load_rule(issue_list& issues, const toml_value& table) {
  rule_config result;
  table_reader reader{issues, table, "rule"};
  reader.read("name", result.name);
  if (result.name.empty())
    issues.error(reader.place("name"), "a rule needs a name");
  else if (result.name.substr(0, 4) == "rrd/")
    issues.error(reader.place("name"),
                 "name: what begins with \"rrd/\" is for [[rrd]]");
  reader.read("topics", result.topics);
  check_filters(reader, "topics", result.topics);
  if (result.topics.empty())
    issues.error(reader.place("topics"), "a rule needs topics");
  reader.read("exclude", result.exclude);
  check_filters(reader, "exclude", result.exclude);
  reader.read("drop", result.drop);
  load_format(reader, result.format);
  if (auto text = reader.find("series", kind::string)) {
    result.series = text->text;
    if (!result.series.mistake.empty())
      issues.error(text->at, "series: " + result.series.mistake);
  }
  reader.read("shared", result.shared);
  reader.read("time", result.time);
  if (result.time.empty())
    issues.error(reader.place("time"),
                 "time must be \"auto\", \"arrival\", or the path of a field");
  reader.read("timezone", result.timezone);
  if (!result.timezone.empty())
    if (auto mistake = time_zone_mistake(result.timezone); !mistake.empty())
      issues.error(reader.place("timezone"), "timezone: " + mistake);
  reader.read("max_series", result.max_series, 0,
              std::numeric_limits<int64_t>::max());
  load_map(reader, result.map);
  reader.read("only", result.only);
  auto keys = load_definition(reader, result);
  load_fields(reader, result, keys);
  reader.finish();
  return result;
}

} // namespace

void load_format(table_reader& reader, payload_format& x) {
  auto value = reader.find("format");
  if (value && value->type == kind::string)
    for (std::string name : planned_payload_formats)
      if (value->text == name) {
        reader.issues().error(value->at,
                              "format \"" + name + "\" is not built yet");
        return;
      }
  std::vector<std::pair<std::string, payload_format>> formats;
  for (auto name : payload_format_names)
    formats.emplace_back(name, static_cast<payload_format>(formats.size()));
  reader.read_word("format", x, formats);
}

word_map default_word_map() {
  return {{"ON", 1},   {"OFF", 0},    {"on", 1},     {"off", 0},
          {"open", 1}, {"closed", 0}, {"online", 1}, {"offline", 0}};
}

const toml_value* find_tables(table_reader& reader, const char* key) {
  auto value = reader.find(key);
  if (!value)
    return nullptr;
  auto good = value->type == kind::array;
  for (auto& item : value->items)
    good = good && item.type == kind::table;
  if (good)
    return value;
  auto name = std::string{key};
  reader.issues().error(
    value->at, "write [[" + name + "]], with two brackets, for each " + name);
  return nullptr;
}

void check_filters(table_reader& reader, const char* key,
                   const std::vector<std::string>& filters) {
  for (auto& x : filters)
    if (auto mistake = topic_filter_mistake(x); !mistake.empty())
      reader.issues().error(reader.place(key, x),
                            std::string{key} + ": \"" + x + "\": " + mistake);
}

void load_rules(table_reader& root, rules_config& x) {
  auto value = find_tables(root, "rule");
  if (!value)
    return;
  std::vector<const toml_value*> tables;
  std::map<std::string, unsigned> lines;
  for (auto& table : value->items) {
    x.rules.push_back(load_rule(root.issues(), table));
    tables.push_back(&table);
    auto& name = x.rules.back().name;
    if (name.empty())
      continue;
    auto [i, added] = lines.emplace(name, table.at.line);
    if (!added)
      root.issues().error(table.at, "there is a rule \"" + name
                                      + "\" already, in line "
                                      + std::to_string(i->second));
  }
  find_traps(root.issues(), x, tables);
}

} // namespace rrdflow

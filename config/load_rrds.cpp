#include "config/addresses.hpp"
#include "config/archive_syntax.hpp"
#include "config/definition_keys.hpp"
#include "config/load_parts.hpp"
#include "config/run_time_values.hpp"
#include "config/topic_syntax.hpp"

#include <algorithm>
#include <map>

namespace rrdflow {

namespace {

using namespace std::chrono_literals;
using kind = toml_value::kind;

constexpr std::chrono::seconds year = 365 * 24h;

// What librrd takes as the name of a data source.
bool is_label(std::string_view x) {
  return !x.empty() && x.size() <= 19
         && std::all_of(x.begin(), x.end(), [](char c) {
              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                     || (c >= '0' && c <= '9') || c == '_' || c == '-';
            });
}

std::optional<rrd_source_config::janitoo_address>
parse_triple(std::string_view x) {
  auto first = x.find('|');
  auto last = x.rfind('|');
  if (first == last)
    return std::nullopt;
  rrd_source_config::janitoo_address result{
    std::string{x.substr(0, first)},
    std::string{x.substr(first + 1, last - first - 1)},
    std::string{x.substr(last + 1)}};
  auto digits
    = !result.index.empty()
      && result.index.find_first_not_of("0123456789") == std::string::npos;
  if (!is_janitoo_address(result.hadd) || result.uuid.empty() || !digits
      || result.uuid.find('|') != std::string::npos)
    return std::nullopt;
  return result;
}

// Where a source's values come from.
void load_origin(table_reader& reader, const toml_value& table,
                 rrd_source_config& x) {
  auto& issues = reader.issues();
  auto topic = reader.find("topic", kind::string);
  auto path = reader.find("path", kind::string);
  auto format = reader.find("format");
  auto janitoo = reader.find("janitoo", kind::string);
  if ((topic != nullptr) == (janitoo != nullptr))
    issues.error(table.at, topic ? "a source has topic or janitoo, not both"
                                 : "a source needs topic or janitoo");
  if (topic) {
    x.topic = topic->text;
    if (auto mistake = topic_filter_mistake(x.topic); !mistake.empty())
      issues.error(topic->at, "topic: \"" + x.topic + "\": " + mistake);
  }
  if (path) {
    x.path = path->text;
    if (janitoo && !topic)
      issues.error(path->at, "path belongs to topic; a Janitoo value has none");
  }
  if (format) {
    load_format(reader, x.format);
    if (janitoo && !topic)
      issues.error(format->at, "format belongs to topic; a Janitoo value has "
                               "its own");
  }
  if (janitoo) {
    x.janitoo = parse_triple(janitoo->text);
    if (!x.janitoo)
      issues.error(janitoo->at,
                   "janitoo: \"" + janitoo->text
                     + "\" is not like \"0048/0004|memory_rss|0\": address, "
                       "value, index");
  }
}

void load_source(issue_list& issues, const toml_value& table,
                 const definition_keys& file_keys, rrd_config& x,
                 file_definition& file) {
  rrd_source_config result;
  table_reader reader{issues, table, "rrd.sources"};
  load_origin(reader, table, result);
  reader.read("label", result.label);
  if (!is_label(result.label))
    issues.error(reader.place("label"), "a source needs a label of 1 to 19 "
                                        "letters, digits, \"_\" or \"-\"");
  for (auto& other : x.sources)
    if (!result.label.empty() && other.label == result.label)
      issues.error(reader.place("label"),
                   "label \"" + result.label + "\" is there already");
  definition_keys keys;
  read_source_keys(reader, keys);
  read_sample_keys(reader, keys);
  reader.finish();
  file.sources.push_back(
    make_source(issues, inherit(keys, file_keys), result.label));
  x.sources.push_back(std::move(result));
}

void load_sources(table_reader& reader, const toml_value& table,
                  const definition_keys& keys, rrd_config& x,
                  file_definition& file) {
  auto& issues = reader.issues();
  auto value = reader.find("sources", kind::array);
  if (!value || value->items.empty()) {
    issues.error(value ? value->at : table.at, "an [[rrd]] needs sources");
    return;
  }
  for (auto& item : value->items) {
    if (item.type == kind::table)
      load_source(issues, item, keys, x, file);
    else
      issues.error(item.at,
                   std::string{"sources must hold tables like { topic = "
                               "\"a/b\", label = \"b\" }, not "}
                     + to_string(item.type));
  }
}

rrd_config load_rrd(issue_list& issues, const toml_value& table) {
  rrd_config result;
  table_reader reader{issues, table, "rrd"};
  reader.read("name", result.name);
  if (result.name.empty())
    issues.error(reader.place("name"), "an [[rrd]] needs a name");
  for (auto level : topic_levels(result.name))
    if (level.size() > 200)
      issues.error(reader.place("name"),
                   "name: a level has more than 200 bytes");
  reader.read("hadd", result.hadd);
  if (!result.hadd.empty() && !is_janitoo_address(result.hadd))
    issues.error(reader.place("hadd"), "hadd: it is not like \"0014/0001\"");
  reader.read("heartbeat_period", result.heartbeat_period, 1s, year);
  reader.read("location", result.location);
  result.node = result.name;
  reader.read("node", result.node);
  if (result.node.empty() && !result.name.empty())
    issues.error(reader.place("node"), "node: it is empty");
  if (is_own_node(result.node))
    issues.error(reader.place("node"),
                 "node: \"" + result.node
                   + "\" is a node of our own; give this one another name, as "
                     "in node = \"rrd_"
                   + result.node + '"');
  reader.read("title", result.title);
  reader.read("config_timeout", result.config_timeout, 0s, year);
  reader.read("source_poll", result.source_poll, 0s, year);
  definition_keys keys, defaults;
  read_file_keys(reader, keys);
  read_slot_keys(reader, keys);
  read_sample_keys(reader, keys);
  defaults.step.value = 300;
  defaults.lateness.value = 0;
  defaults.xff.value = 0.5;
  defaults.fill.value = gap_fill::none;
  keys = inherit(keys, defaults);
  auto file = std::make_shared<file_definition>();
  file->step = *keys.step.value;
  file->lateness = *keys.lateness.value;
  file->archives
    = make_archives(issues, keys, original_archives(*keys.xff.value));
  load_sources(reader, table, keys, result, *file);
  result.definition = std::move(file);
  reader.finish();
  return result;
}

} // namespace

void load_rrds(table_reader& root, rules_config& x) {
  auto value = find_tables(root, "rrd");
  if (!value)
    return;
  std::map<std::string, unsigned> lines, nodes;
  // Of rules that always make the same name.
  std::map<std::string, std::string> rule_files;
  for (auto& rule : x.rules)
    if (!rule.drop && rule.series.text.find('{') == std::string::npos)
      rule_files.emplace(rule.series.text, rule.name);
  for (auto& table : value->items) {
    x.rrds.push_back(load_rrd(root.issues(), table));
    auto& name = x.rrds.back().name;
    if (name.empty())
      continue;
    if (auto rule = rule_files.find(name); rule != rule_files.end())
      root.issues().error(table.at, "the rule \"" + rule->second
                                      + "\" writes a file of this name, too");
    auto [i, added] = lines.emplace(name, table.at.line);
    if (!added)
      root.issues().error(table.at, "there is an [[rrd]] \"" + name
                                      + "\" already, in line "
                                      + std::to_string(i->second));
    auto& node = x.rrds.back().node;
    auto [j, other] = nodes.emplace(node, table.at.line);
    if (added && !other)
      root.issues().error(table.at, "there is a node \"" + node
                                      + "\" already, in line "
                                      + std::to_string(j->second));
  }
}

} // namespace rrdflow

#include "config/lint.hpp"

#include "config/addresses.hpp"
#include "config/topic_syntax.hpp"

#include <algorithm>
#include <map>

namespace rrdflow {

namespace {

// Of more rules, no pairs are looked at: their number is the square.
constexpr size_t most_compared = 500;

/// Names that only one table may have.
class unique_names {
public:
  /// @returns whether `name` is new; if not, the line of the table that has it
  /// is in `line`
  bool add(const std::string& name, const toml_value& table) {
    auto [i, added] = lines_.emplace(name, table.at.line);
    line = std::to_string(i->second);
    return added;
  }

  std::string line;

private:
  std::map<std::string, unsigned> lines_;
};

void check_rules(issue_list& issues, const config_document& x) {
  unique_names names;
  for (auto& rule : x.rule)
    if (!rule.name.empty() && !names.add(rule.name, *rule.table))
      issues.error(rule.table->at, "there is a rule \"" + rule.name
                                     + "\" already, in line " + names.line);
}

void check_rrds(issue_list& issues, const config_document& x) {
  unique_names names, nodes;
  // Of rules that always make the same name.
  std::map<std::string, std::string> rule_files;
  for (auto& rule : x.rule)
    if (!rule.drop && rule.series.text.find('{') == std::string::npos)
      rule_files.emplace(rule.series.text, rule.name);
  for (auto& rrd : x.rrd) {
    if (rrd.name.empty())
      continue;
    auto fail
      = [&](const std::string& text) { issues.error(rrd.table->at, text); };
    if (auto rule = rule_files.find(rrd.name); rule != rule_files.end())
      fail("the rule \"" + rule->second + "\" writes a file of this name, too");
    auto added = names.add(rrd.name, *rrd.table);
    if (!added)
      fail("there is an [[rrd]] \"" + rrd.name + "\" already, in line "
           + names.line);
    if (!nodes.add(rrd.node, *rrd.table) && added)
      fail("there is a node \"" + rrd.node + "\" already, in line "
           + nodes.line);
  }
}

std::string controller_of(const std::string& hadd) {
  return hadd.substr(0, hadd.find('/'));
}

/// Whether `hadd` is the address of a controller itself, e.g. "0014/0000".
bool is_controller(const std::string& hadd) {
  return is_janitoo_address(hadd)
         && hadd.find_first_not_of('0', hadd.find('/') + 1)
              == std::string::npos;
}

void check_nodes(const table_view& root, const config_document& x) {
  auto& own = x.janitoo;
  auto section = root.value.find("janitoo");
  if (!own.enabled || !section)
    return;
  table_view janitoo{root.issues, *section, "janitoo"};
  if (!is_controller(own.hadd))
    janitoo.error("hadd", "a controller has an address like \"0014/0000\"");
  if (!own.http_hadd.empty() && !is_controller(own.http_hadd))
    janitoo.error("http_hadd",
                  "a controller has an address like \"0018/0000\"");
  else if (controller_of(own.http_hadd) == controller_of(own.hadd))
    janitoo.error("http_hadd", "it needs another first number than hadd");
  unique_names addresses;
  for (auto& rrd : x.rrd) {
    auto& hadd = rrd.hadd;
    if (!is_janitoo_address(hadd))
      continue;
    auto fail = [&](const std::string& text) {
      root.issues.error(rrd.table->at, "hadd: \"" + hadd + "\" is " + text);
    };
    if (controller_of(hadd) != controller_of(own.hadd) || is_controller(hadd))
      fail("no node of the controller " + own.hadd);
    if (!addresses.add(hadd, *rrd.table))
      fail("the address of the [[rrd]] in line " + addresses.line);
  }
}

// Levels of topics that no name shows: their readings would meet in one series
// and be refused. And levels that names show but topics lack.
void check_levels(const table_view& table, const rule_config& rule) {
  auto& name = rule.series;
  for (auto& filter : rule.topics) {
    auto warn = [&](const std::string& text) {
      table.issues.warning(table.place("topics", filter),
                           "topics: \"" + filter + "\": the name \"" + name.text
                             + "\" " + text);
    };
    auto levels = topic_levels(filter);
    for (size_t i = 0; i < levels.size() && !rule.shared; ++i)
      if ((levels[i] == "+" && !name.uses_level(i))
          || (levels[i] == "#" && !name.uses_tail(i)))
        warn("does not use level " + std::to_string(i) + ", \""
             + std::string{levels[i]}
             + "\": only the first topic of those that differ there will be "
               "stored");
    auto needed = name.needed_levels();
    if (levels.back() != "#" && needed > levels.size())
      warn("uses level " + std::to_string(needed - 1)
           + ", which no such topic has: nothing will be stored");
  }
}

// Whether `first` takes all that `second` asks for.
bool takes_all(const rule_config& first, const rule_config& second) {
  auto is_taken = [&](const std::string& narrow) {
    return std::any_of(first.topics.begin(), first.topics.end(),
                       [&](const std::string& wide) {
                         return covers(wide, narrow);
                       });
  };
  return first.exclude.empty()
         && std::all_of(second.topics.begin(), second.topics.end(), is_taken);
}

bool has_good_filters(const rule_config& x) {
  return !x.topics.empty()
         && std::all_of(x.topics.begin(), x.topics.end(),
                        [](const std::string& y) {
                          return topic_filter_mistake(y).empty();
                        });
}

/// On MQTT 3.1.1 no message says which filter brought it. Of filters that
/// another one covers, MQTT_SOURCE asks for the widest only.
void check_overlaps(const table_view& root, const config_document& x) {
  struct place {
    const std::string* filter;
    const rule_entry* rule;
  };
  std::vector<place> filters;
  for (auto& rule : x.rule)
    if (!rule.drop && has_good_filters(rule))
      for (auto& filter : rule.topics)
        filters.push_back({&filter, &rule});
  if (filters.size() > most_compared)
    return;
  for (size_t i = 0; i < filters.size(); ++i) {
    auto& own = *filters[i].filter;
    for (size_t k = 0; k < i; ++k) {
      auto& other = *filters[k].filter;
      if (!overlap(own, other) || covers(own, other) || covers(other, own))
        continue;
      table_view table{root.issues, *filters[i].rule->table, "rule"};
      root.issues.warning(table.place("topics", own),
                          "topics: \"" + own + "\" and \"" + other
                            + "\" match some topics both: with mqtt.version = "
                              "\"3.1.1\" their messages count twice if the "
                              "broker sends a copy for each filter; use "
                              "\"5\", or one filter that covers both");
      break;
    }
  }
}

} // namespace

void check_names(const table_view& root, const config_document& x) {
  check_rules(root.issues, x);
  check_rrds(root.issues, x);
  check_nodes(root, x);
}

void lint(const table_view& root, const config_document& x) {
  auto& rules = x.rule;
  for (size_t i = 0; i < rules.size(); ++i) {
    auto& rule = rules[i];
    if (!has_good_filters(rule))
      continue;
    table_view table{root.issues, *rule.table, "rule"};
    if (rule.series.mistake.empty() && !rule.drop) {
      check_levels(table, rule);
      if (!rule.series.fields().empty()
          && rule.format == payload_format::number)
        root.issues.warning(table.place("series"),
                            "series: a payload of format \"number\" has no "
                            "field \""
                              + rule.series.fields().front()
                              + "\": nothing will be stored");
      if (!rule.series.uses_path() && rule.format == payload_format::json
          && !rule.shared && !(rule.only && rule.fields.size() == 1))
        root.issues.warning(table.place("series"),
                            "series: without {path} only the first field of a "
                            "payload will be stored");
    }
    for (size_t k = 0; k < i && rules.size() <= most_compared; ++k)
      if (has_good_filters(rules[k]) && takes_all(rules[k], rule)) {
        root.issues.warning(table.place("topics"),
                            "nothing reaches this rule: the rule \""
                              + rules[k].name + "\" takes all its messages");
        break;
      }
  }
  if (x.mqtt.version != 5)
    check_overlaps(root, x);
  if (rules.empty() && x.rrd.empty())
    root.issues.warning({}, "there is no [[rule]] and no [[rrd]]: nothing will "
                            "be stored");
}

} // namespace rrdflow

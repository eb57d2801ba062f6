#include "config/load_parts.hpp"
#include "config/topic_syntax.hpp"

#include <algorithm>

namespace rrdflow {

namespace {

// Of more rules, no pairs are looked at: their number is the square.
constexpr size_t most_compared = 500;

// Levels of topics that no name shows: their readings would meet in one series
// and be refused. And levels that names show but topics lack.
void check_levels(table_reader& reader, const rule_config& rule) {
  auto& name = rule.series;
  for (auto& filter : rule.topics) {
    auto warn = [&](const std::string& text) {
      reader.issues().warning(reader.place("topics", filter),
                              "topics: \"" + filter + "\": " + text);
    };
    auto levels = topic_levels(filter);
    auto open = levels.back() == "#";
    for (size_t i = 0; i < levels.size() && !rule.shared; ++i) {
      auto unused = levels[i] == "+"   ? !name.uses_level(i)
                    : levels[i] == "#" ? !name.uses_tail(i)
                                       : false;
      if (unused)
        warn("the name \"" + name.text + "\" does not use level "
             + std::to_string(i) + ", \"" + std::string{levels[i]}
             + "\": only the first topic of those that differ there will be "
               "stored");
    }
    auto needed = name.needed_levels();
    if (!open && needed > levels.size())
      warn("the name \"" + name.text + "\" uses level "
           + std::to_string(needed - 1)
           + ", which no such topic has: nothing will be stored");
  }
}

// Whether `first` takes all that `second` asks for.
bool takes_all(const rule_config& first, const rule_config& second) {
  return first.exclude.empty()
         && std::all_of(second.topics.begin(), second.topics.end(),
                        [&](const std::string& narrow) {
                          return std::any_of(first.topics.begin(),
                                             first.topics.end(),
                                             [&](const std::string& wide) {
                                               return covers(wide, narrow);
                                             });
                        });
}

bool has_good_filters(const rule_config& x) {
  return !x.topics.empty()
         && std::all_of(x.topics.begin(), x.topics.end(),
                        [](const std::string& y) {
                          return topic_filter_mistake(y).empty();
                        });
}

} // namespace

void find_traps(issue_list& issues, const rules_config& rules,
                const std::vector<const toml_value*>& tables) {
  for (size_t i = 0; i < rules.rules.size(); ++i) {
    auto& rule = rules.rules[i];
    if (!has_good_filters(rule))
      continue;
    table_reader reader{issues, *tables[i], "rule"};
    if (rule.series.mistake.empty() && !rule.drop) {
      check_levels(reader, rule);
      if (!rule.series.uses_path() && rule.format == payload_format::json
          && !rule.shared && !(rule.only && rule.fields.size() == 1))
        issues.warning(reader.place("series"),
                       "series: without {path} only the first field of a "
                       "payload will be stored");
    }
    for (size_t k = 0; k < i && rules.rules.size() <= most_compared; ++k)
      if (has_good_filters(rules.rules[k]) && takes_all(rules.rules[k], rule)) {
        issues.warning(reader.place("topics"),
                       "nothing reaches this rule: the rule \""
                         + rules.rules[k].name + "\" takes all its messages");
        break;
      }
  }
}

} // namespace rrdflow

#include "actors/decode/rule_set.hpp"

#include "actors/decode/formats/format_table.hpp"
#include "actors/decode/topic_filter.hpp"
#include "config/load.hpp"
#include "messages/error.hpp"

#include <algorithm>

namespace rrdflow {

namespace {

bool any_matches(const std::vector<std::string>& filters,
                 std::string_view topic) {
  return std::any_of(filters.begin(), filters.end(),
                     [&](auto& x) { return topic_matches(x, topic); });
}

} // namespace

bool rule_names::number(const std::string& name, rule_id& x) {
  auto i = numbers_.find(name);
  if (i != numbers_.end()) {
    x = i->second;
    return true;
  }
  if (names_.size() == max_names)
    return false;
  x = static_cast<rule_id>(names_.size());
  numbers_.emplace(name, x);
  names_.push_back(name);
  return true;
}

void binding_key::add_value(std::string& key, std::string_view value) {
  key += '{';
  for (auto c : value) {
    if (c == '}' || c == '\\')
      key += '\\';
    key += c;
  }
  key += '}';
}

std::string_view binding_key::split(std::string_view key, size_t fields,
                                    std::vector<std::string>* values) {
  for (; fields > 0 && !key.empty() && key.front() == '{'; --fields) {
    std::string value;
    size_t i = 1;
    for (; i < key.size() && key[i] != '}'; ++i) {
      if (key[i] == '\\' && i + 1 < key.size())
        ++i;
      value += key[i];
    }
    key.remove_prefix(std::min(i + 1, key.size()));
    if (values != nullptr)
      values->push_back(std::move(value));
  }
  return key;
}

caf::expected<rule_set>
rule_set::make(const config& from, std::vector<subscription> wanted,
               rule_names& names) {
  rule_set result;
  result.limits_ = from.limits;
  result.retained_ = from.mqtt.retained;
  for (auto& rrd : from.rules.rrds)
    if (auto error = result.add(rrd, names))
      return error;
  for (auto& rule : from.rules.rules)
    if (auto error = result.add(rule, names))
      return error;
  result.wanted_ = std::move(wanted);
  std::sort(result.wanted_.begin(), result.wanted_.end(),
            [](auto& x, auto& y) { return x.identifier < y.identifier; });
  return result;
}

caf::error rule_set::add(const rule_config& x, rule_names& names) {
  prepared_rule rule;
  rule.config = x;
  if (!names.number(x.name, rule.id))
    return fail(ec::bad_config, "rule " + x.name + ": too many rules");
  if (!x.drop) {
    if (!x.series.mistake.empty())
      return fail(ec::bad_config, "rule " + x.name + ": " + x.series.mistake);
    if (x.definition == nullptr || x.definition->sources.empty())
      return fail(ec::bad_config, "rule " + x.name + ": no definition");
  }
  if (x.time == "arrival")
    rule.time = time_source::arrival;
  else if (x.time != "auto")
    rule.time = time_source::path;
  if (!x.timezone.empty()) {
    auto zone = time_zone::of(x.timezone);
    if (!zone)
      return fail(ec::bad_config,
                  "rule " + x.name + ": " + explain(zone.error()));
    rule.zone = *zone;
  }
  rule.first_mapping = static_cast<uint32_t>(mappings_.size());
  auto add_mapping
    = [&](const definition_ptr& definition, double scale, bool drop) {
        field_mapping result;
        result.rule = rule.id;
        result.scale = scale;
        result.drop = drop;
        result.definition = definition ? definition : x.definition;
        if (result.definition != nullptr && !result.definition->sources.empty())
          result.type = result.definition->sources.front().type;
        result.owner = static_cast<uint32_t>(rules_.size());
        mappings_.push_back(std::move(result));
      };
  add_mapping(x.definition, 1, x.drop || x.only);
  for (auto& field : x.fields) {
    add_mapping(field.definition, field.scale, field.drop);
    if (field.map.empty())
      continue;
    rule.has_own_words = true;
    auto& words = mappings_.back().words;
    words = field.map;
    words.insert(words.end(), x.map.begin(), x.map.end());
  }
  rule.takes_numbers = (x.format == payload_format::automatic
                        || x.format == payload_format::number)
                       && rule.time != time_source::path && x.decimal == '.';
  rules_.push_back(std::move(rule));
  return {};
}

caf::error rule_set::add(const rrd_config& x, rule_names& names) {
  rule_id id;
  if (!names.number("rrd/" + x.name, id))
    return fail(ec::bad_config, "rrd " + x.name + ": too many rules");
  if (x.definition == nullptr
      || x.definition->sources.size() != x.sources.size())
    return fail(ec::bad_config, "rrd " + x.name + ": no definition");
  for (size_t i = 0; i < x.sources.size(); ++i) {
    auto& source = x.sources[i];
    field_mapping mapping;
    mapping.rule = id;
    mapping.source = static_cast<uint16_t>(i);
    mapping.definition = x.definition;
    mapping.type = x.definition->sources[i].type;
    mapping.owner = static_cast<uint32_t>(rrds_.size());
    mapping.of_rrd = true;
    auto number = static_cast<uint32_t>(mappings_.size());
    if (source.janitoo) {
      mapping.source_format = add_format({payload_format::janitoo, true});
      group_of(janitoo_filter, mapping.source_format)
        .by_path[janitoo_path(*source.janitoo)]
        .push_back(number);
    } else {
      mapping.source_format = add_format({source.format, false});
      group_of(source.topic, mapping.source_format)
        .by_path[source.path]
        .push_back(number);
    }
    mappings_.push_back(std::move(mapping));
  }
  rrds_.push_back(x);
  return {};
}

uint8_t rule_set::add_format(const source_format& x) {
  auto i = std::find_if(formats_.begin(), formats_.end(), [&](auto& y) {
    return y.format == x.format && y.by_address == x.by_address;
  });
  auto result = static_cast<uint8_t>(i - formats_.begin());
  if (i == formats_.end())
    formats_.push_back(x);
  return result;
}

rule_set::source_group&
rule_set::group_of(const std::string& filter, uint8_t format) {
  auto number = static_cast<uint32_t>(groups_.size());
  auto [i, added] = numbers_.try_emplace({filter, format}, number);
  if (added) {
    groups_.push_back({filter, format, {}});
    if (filter.find_first_of("+#") == std::string::npos)
      by_topic_[filter].push_back(number);
    else
      by_filter_.push_back(number);
  }
  return groups_[i->second];
}

topic_route rule_set::route(std::string_view topic) const {
  topic_route result;
  auto exact = by_topic_.find(std::string{topic});
  if (exact != by_topic_.end())
    result.sources = exact->second;
  for (auto x : by_filter_)
    if (topic_matches(groups_[x].filter, topic))
      result.sources.push_back(x);
  for (uint32_t i = 0; i < rules_.size(); ++i) {
    auto& x = rules_[i].config;
    if (any_matches(x.topics, topic) && !any_matches(x.exclude, topic)) {
      result.rule = i;
      break;
    }
  }
  for (auto& x : wanted_) {
    if (topic_matches(x.filter, topic)) {
      result.identifier = x.identifier;
      break;
    }
  }
  return result;
}

uint32_t
rule_set::mapping_of(const prepared_rule& rule, std::string_view path) const {
  auto result = entry_of(rule, path);
  return mappings_[result].drop ? no_mapping : result;
}

uint32_t
rule_set::entry_of(const prepared_rule& rule, std::string_view path) const {
  auto result = rule.first_mapping;
  auto& fields = rule.config.fields;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (field_matches(fields[i].path, path)) {
      result += 1 + static_cast<uint32_t>(i);
      break;
    }
  }
  return result;
}

void rule_set::add_sources(const std::vector<uint32_t>& groups,
                           std::string_view path,
                           std::vector<uint32_t>& mappings) const {
  std::string key{path};
  for (auto x : groups) {
    auto& by_path = groups_[x].by_path;
    if (auto i = by_path.find(key); i != by_path.end())
      mappings.insert(mappings.end(), i->second.begin(), i->second.end());
  }
}

std::vector<new_series>
rule_set::series_of(std::string_view topic, std::string_view key) const {
  auto route = this->route(topic);
  std::vector<uint32_t> mappings;
  add_sources(route.sources, key, mappings);
  if (route.rule != topic_route::no_rule && !rules_[route.rule].config.drop) {
    auto& rule = rules_[route.rule];
    auto path
      = binding_key::split(key, rule.config.series.fields().size(), nullptr);
    if (auto i = mapping_of(rule, path); i != no_mapping)
      mappings.push_back(i);
  }
  std::vector<new_series> result;
  for (auto i : mappings)
    result.push_back(describe(i, topic, key));
  return result;
}

std::string_view
rule_set::path_of(uint32_t mapping, std::string_view key) const {
  auto& x = mappings_[mapping];
  auto fields = x.of_rrd ? 0 : rules_[x.owner].config.series.fields().size();
  return binding_key::split(key, fields, nullptr);
}

new_series rule_set::describe(uint32_t mapping, std::string_view topic,
                              std::string_view key) const {
  auto& x = mappings_[mapping];
  new_series result;
  result.topic = topic;
  result.path = key;
  result.source = x.source;
  result.definition = x.definition;
  if (x.of_rrd) {
    auto& rrd = rrds_[x.owner];
    result.name = rrd.name + '/' + rrd.sources[x.source].label;
    result.file = rrd.name;
    result.rule = "rrd/" + rrd.name;
    // Its sources are named one by one: whatever they match is meant.
    result.shared = true;
  } else {
    auto& rule = rules_[x.owner];
    std::vector<std::string> values;
    auto path
      = binding_key::split(key, rule.config.series.fields().size(), &values);
    result.name = rule.config.series.expand(topic, path, values);
    result.file = result.name;
    result.rule = rule.config.name;
    result.max_series = rule.config.max_series;
    result.shared = rule.config.shared;
  }
  return result;
}

bool rule_set::none_counts_more(uint32_t own, std::string_view topic,
                                const uint32_t* identifiers,
                                size_t size) const noexcept {
  auto last = identifiers + size;
  if (std::find(identifiers, last, own) != last)
    return true;
  if (*identifiers == copy_identifier)
    return false;
  // Prefer duplicates to loss: only a copy that another one stands for is left
  // out.
  return !std::all_of(identifiers, last, [&](uint32_t id) {
    auto i = std::lower_bound(wanted_.begin(), wanted_.end(), id,
                              [](const subscription& x, uint32_t y) {
                                return x.identifier < y;
                              });
    // One of a store that is lost may be given again, to another filter.
    return i != wanted_.end() && i->identifier == id && id > own
           && topic_matches(i->filter, topic);
  });
}

caf::expected<config> read_rules(const std::string& text) {
  auto loaded = parse_joined_config(text, "rules");
  if (!loaded.errors.empty())
    return fail(ec::bad_config, to_string(loaded.errors.front()));
  return std::move(loaded.value);
}

} // namespace rrdflow

#include "actors/decode/rule_set.hpp"

#include "actors/decode/field_pattern.hpp"
#include "actors/decode/formats/janitoo.hpp"
#include "actors/decode/topic_filter.hpp"
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

caf::expected<rule_set>
rule_set::make(const rules_config& rules, std::vector<subscription> wanted,
               rule_names& names) {
  rule_set result;
  for (auto& x : rules.rrds)
    if (auto error = result.add(x, names))
      return error;
  for (auto& x : rules.rules)
    if (auto error = result.add(x, names))
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
  rule.kind = static_cast<uint32_t>(kinds_.size());
  auto add_kind
    = [&](const definition_ptr& definition, double scale, bool drop) {
        value_kind kind;
        kind.rule = rule.id;
        kind.scale = scale;
        kind.drop = drop;
        kind.definition = definition ? definition : x.definition;
        if (kind.definition != nullptr && !kind.definition->sources.empty())
          kind.type = kind.definition->sources.front().type;
        kind.owner = static_cast<uint32_t>(rules_.size());
        kinds_.push_back(std::move(kind));
      };
  add_kind(x.definition, 1, x.drop || x.only);
  for (auto& field : x.fields)
    add_kind(field.definition, field.scale, field.drop);
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
    auto number = static_cast<uint32_t>(kinds_.size());
    value_kind kind;
    kind.rule = id;
    kind.source = static_cast<uint16_t>(i);
    kind.definition = x.definition;
    kind.type = x.definition->sources[i].type;
    kind.owner = static_cast<uint32_t>(rrds_.size());
    kind.of_rrd = true;
    kinds_.push_back(std::move(kind));
    auto& source = x.sources[i];
    if (source.janitoo) {
      auto& at = *source.janitoo;
      by_address_[at.hadd + '/' + at.uuid + '/' + at.index].push_back(number);
    } else if (source.topic.find_first_of("+#") == std::string::npos) {
      by_topic_[source.topic].push_back(number);
    } else {
      by_filter_.push_back(number);
    }
  }
  rrds_.push_back(x);
  return {};
}

topic_route rule_set::route(std::string_view topic) const {
  topic_route result;
  auto exact = by_topic_.find(std::string{topic});
  if (exact != by_topic_.end())
    result.sources = exact->second;
  for (auto x : by_filter_) {
    auto& kind = kinds_[x];
    if (topic_matches(rrds_[kind.owner].sources[kind.source].topic, topic))
      result.sources.push_back(x);
  }
  result.janitoo = !by_address_.empty() && is_janitoo_topic(topic);
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
rule_set::kind_of(const prepared_rule& rule, std::string_view path) const {
  auto kind = rule.kind;
  auto& fields = rule.config.fields;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (field_matches(fields[i].path, path)) {
      kind = rule.kind + 1 + static_cast<uint32_t>(i);
      break;
    }
  }
  return kinds_[kind].drop ? no_kind : kind;
}

void rule_set::sources_of(const std::vector<uint32_t>& sources,
                          std::string_view topic, std::string_view path,
                          bool janitoo, std::vector<uint32_t>& kinds) const {
  for (auto x : sources) {
    auto& kind = kinds_[x];
    if (rrds_[kind.owner].sources[kind.source].path == path)
      kinds.push_back(x);
  }
  if (janitoo) {
    auto i = by_address_.find(janitoo_address(topic, path));
    if (i != by_address_.end())
      kinds.insert(kinds.end(), i->second.begin(), i->second.end());
  }
}

new_series rule_set::describe(uint32_t kind, std::string_view topic,
                              std::string_view path) const {
  auto& x = kinds_[kind];
  new_series result;
  result.topic = topic;
  result.path = path;
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
    result.name = rule.config.series.expand(topic, path);
    result.file = result.name;
    result.rule = rule.config.name;
    result.max_series = rule.config.max_series;
    result.shared = rule.config.shared;
  }
  return result;
}

bool rule_set::none_counts_more(uint32_t own, const uint32_t* identifiers,
                                size_t size) const noexcept {
  auto last = identifiers + size;
  if (std::find(identifiers, last, own) != last)
    return true;
  // Rather double than lost: only a copy that another one stands for is left
  // out.
  return !std::all_of(identifiers, last, [&](uint32_t id) {
    auto i = std::lower_bound(wanted_.begin(), wanted_.end(), id,
                              [](const subscription& x, uint32_t y) {
                                return x.identifier < y;
                              });
    return i != wanted_.end() && i->identifier == id && id > own;
  });
}

} // namespace rrdflow

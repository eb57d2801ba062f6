#include "actors/decode/explain.hpp"

#include "actors/decode/unstored_text.hpp"
#include "config/config.hpp"
#include "messages/error.hpp"

#include <cstdio>
#include <map>

namespace rrdflow {

namespace {

std::string text_of(value_bits x, source_type type) {
  if (type == source_type::counter)
    return std::to_string(x.bits);
  if (type == source_type::derive)
    return std::to_string(static_cast<int64_t>(x.bits));
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%.15g", x.as_double());
  return buffer;
}

std::string text_of(const scalar& x) {
  std::string result;
  set_text(result, x);
  return result;
}

class passed_list : public passed_fields {
public:
  explicit passed_list(std::vector<passed_field>& out) : out_{out} {
    // nop
  }

  void
  pass(std::string_view path, const scalar& value, passed_reason why) override {
    out_.push_back({std::string{path}, text_of(value), text_of(why)});
  }

private:
  std::vector<passed_field>& out_;
};

/// What is beyond them is unknown in the file; of a rate it cannot be said
/// here.
void check_limits(const field_mapping& mapping, value_bits x,
                  explained_value& out) {
  auto& source = mapping.definition->sources[mapping.source];
  auto value = x.as_double();
  if (mapping.type != source_type::gauge
      || !(value > source.max || value < source.min))
    return;
  out.remark = out.value + " is "
               + (value > source.max ? "above max" : "below min")
               + ", and so unknown";
  out.value = "unknown";
}

explained_value explain_reading(const rule_set& rules, const message_plan& plan,
                                const planned_reading& x, int64_t arrival) {
  explained_value result;
  auto& mapping = rules.mapping(x.mapping_index);
  std::string_view key;
  if (x.binding != planned_reading::no_binding)
    key = (*plan.fields)[x.binding].path.text();
  result.path = rules.path_of(x.mapping_index, key);
  auto series = rules.describe(x.mapping_index, plan.entry->topic(), key);
  result.series = std::move(series.name);
  result.file = std::move(series.file);
  result.rule = std::move(series.rule);
  result.source = mapping.definition->sources[mapping.source].name;
  result.type = mapping.type;
  result.time = x.time;
  result.refused = x.refused;
  result.unknown = x.mark == reading_mark::unknown;
  if (x.refused == sample_refusal::none)
    result.value = result.unknown ? "unknown" : text_of(x.value, mapping.type);
  else
    result.remark
      = note_of(rules, plan, x, plan.entry->topic(), arrival, {}).text;
  if (x.mark == reading_mark::lost_decimals)
    result.remark = text_of_decimals(mapping.type);
  else if (x.refused == sample_refusal::none && !result.unknown)
    check_limits(mapping, x.value, result);
  return result;
}

/// Refuses what the CATALOG would, if it knew of no series yet.
void find_refusals(const rule_set& rules, const message_plan& plan,
                   std::vector<explained_value>& values) {
  struct owner {
    std::string key;
    std::string rule;
  };
  std::map<std::string, owner> owners;
  std::map<std::string, uint64_t> by_rule;
  for (size_t i = 0; i < values.size(); ++i) {
    auto& x = plan.readings[i];
    auto& value = values[i];
    if (x.refused != sample_refusal::none)
      continue;
    auto key = std::string{(*plan.fields)[x.binding].path.text()};
    auto series = rules.describe(x.mapping_index, plan.entry->topic(), key);
    auto y = owners.find(value.series);
    if (y != owners.end()) {
      if (y->second.key != key && !series.shared)
        value.refused = sample_refusal::collision;
    } else if (!value.unknown) {
      auto& n = by_rule[value.rule];
      if (owners.size() >= rules.limits().series
          || (series.max_series > 0 && n >= series.max_series)) {
        value.refused = sample_refusal::limit;
      } else {
        ++n;
        owners.emplace(value.series, owner{key, value.rule});
      }
    }
    if (value.refused == sample_refusal::none)
      continue;
    value.value.clear();
    auto refused = x;
    refused.refused = value.refused;
    value.remark
      = note_of(rules, plan, refused, plan.entry->topic(), 0, {}).text;
  }
}

} // namespace

explanation explain(const config& x, std::string_view topic,
                    std::string_view payload, int64_t arrival) {
  explanation result;
  rule_names names;
  auto rules = rule_set::make(x, {}, names);
  if (!rules) {
    result.reason = explain(rules.error());
    return result;
  }
  auto set = std::make_shared<const rule_set>(std::move(*rules));
  message_decoder decoder;
  decoder.use(set);
  journal_record record;
  record.topic = topic;
  record.payload = payload;
  record.arrival = arrival;
  passed_list passed{result.passed};
  decoder.tell_passed(&passed);
  auto& plan = decoder.plan(record);
  result.result = plan.result;
  if (plan.entry != nullptr && plan.entry->rule != topic_route::no_rule)
    result.rule = set->rule(plan.entry->rule).config.name;
  switch (plan.result) {
    case message_result::ignored:
      result.reason = to_string(plan.ignored);
      result.text = text_of(plan.ignored, *set, plan);
      break;
    case message_result::dead:
      result.reason = to_string(plan.dead);
      result.text = text_of(plan.dead);
      break;
    case message_result::decoded:
      for (auto& reading : plan.readings)
        result.values.push_back(explain_reading(*set, plan, reading, arrival));
      find_refusals(*set, plan, result.values);
      if (!plan.identities.empty()) {
        auto paths = decoder.identity_paths(plan.identities.front());
        auto& series = set->rule(plan.entry->rule).config.series;
        result.remark = "if several devices send on this topic, series = \""
                        + series.with_fields(paths) + "\" parts them";
      }
      if (plan.fields != &plan.entry->fields)
        result.rule.clear();
      break;
  }
  return result;
}

} // namespace rrdflow

#include "actors/decode/explain.hpp"

#include "config/config.hpp"
#include "messages/error.hpp"

#include <cstdio>

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

explained_value explain_reading(const rule_set& rules, const message_plan& plan,
                                const planned_reading& x) {
  explained_value result;
  auto& mapping = rules.mapping(x.mapping_index);
  if (x.binding != planned_reading::no_binding)
    result.path = (*plan.fields)[x.binding].path.text();
  auto series
    = rules.describe(x.mapping_index, plan.entry->topic(), result.path);
  result.series = std::move(series.name);
  result.file = std::move(series.file);
  result.rule = std::move(series.rule);
  result.source = mapping.definition->sources[mapping.source].name;
  result.type = mapping.type;
  result.time = x.time;
  result.refused = x.refused;
  if (x.refused == sample_refusal::none)
    result.value = text_of(x.value, mapping.type);
  return result;
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
  auto& plan = decoder.plan(record);
  result.result = plan.result;
  if (plan.entry != nullptr && plan.entry->rule != topic_route::no_rule)
    result.rule = set->rule(plan.entry->rule).config.name;
  switch (plan.result) {
    case message_result::ignored:
      result.reason = to_string(plan.ignored);
      break;
    case message_result::dead:
      result.reason = to_string(plan.dead);
      break;
    case message_result::decoded:
      for (auto& reading : plan.readings)
        result.values.push_back(explain_reading(*set, plan, reading));
      if (plan.fields != &plan.entry->fields)
        result.rule.clear();
      break;
  }
  return result;
}

} // namespace rrdflow

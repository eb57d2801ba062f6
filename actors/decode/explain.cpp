#include "actors/decode/explain.hpp"

#include "actors/decode/message_decoder.hpp"
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
  auto& kind = rules.kind(x.kind);
  if (x.slot != planned_reading::no_slot)
    result.path = plan.slots->path((*plan.slots)[x.slot]);
  auto series = rules.describe(x.kind, plan.entry->topic(), result.path);
  result.series = std::move(series.name);
  result.file = std::move(series.file);
  result.rule = std::move(series.rule);
  result.source = kind.definition->sources[kind.source].name;
  result.type = kind.type;
  result.time = plan.time;
  if (x.refused == sample_refusal::none)
    result.value = text_of(x.value, kind.type);
  else
    result.refused = to_string(x.refused);
  return result;
}

} // namespace

explanation explain(const config& x, std::string_view topic,
                    std::string_view payload, int64_t arrival) {
  explanation result;
  rule_names names;
  auto rules = rule_set::make(x.rules, {}, names);
  if (!rules) {
    result.result = "dead";
    result.reason = explain(rules.error());
    return result;
  }
  auto set = std::make_shared<const rule_set>(std::move(*rules));
  message_decoder decoder{x.limits, x.mqtt.retained};
  decoder.use(set);
  journal_record record;
  record.topic = topic;
  record.payload = payload;
  record.arrival = arrival;
  auto& plan = decoder.plan(record);
  if (plan.entry != nullptr && plan.entry->rule != topic_route::no_rule)
    result.rule = set->rule(plan.entry->rule).config.name;
  switch (plan.result) {
    case verdict::ignored:
      result.result = "ignored";
      result.reason = to_string(plan.ignored);
      break;
    case verdict::dead:
      result.result = "dead";
      result.reason = to_string(plan.dead);
      break;
    case verdict::decoded:
      result.result = "decoded";
      for (auto& reading : plan.readings)
        result.values.push_back(explain_reading(*set, plan, reading));
      if (plan.slots != &plan.entry->fields)
        result.rule.clear();
      break;
  }
  return result;
}

} // namespace rrdflow

#include "actors/decode/message_counters.hpp"

namespace rrdflow {

message_counters::rule_counters::rule_counters(metric_registry* registry,
                                               const std::string& name)
  : samples{registry, {"samples_total", "Samples, by rule."}, {{"rule", name}}},
    last_message{registry,
                 {"rule_last_message_seconds",
                  "When a rule took its last message, in seconds since the "
                  "epoch.",
                  metric_merge::largest},
                 {{"rule", name}}},
    refused{registry,
            {"samples_refused_total", "Samples refused, by rule and reason."},
            "reason",
            {{"rule", name}}} {
  // nop
}

message_counters::message_counters(metric_registry* registry)
  : registry_{registry}, decoded_{registry,
                                  {"messages_decoded_total",
                                   "Messages that became samples."}},
    ignored_{registry,
             {"messages_ignored_total", "Messages without a value, by reason."},
             "reason"},
    dead_{registry,
          {"messages_dead_total", "Messages that cannot be read, by reason."},
          "reason"} {
  // nop
}

void message_counters::name_rules(const std::vector<std::string>& names) {
  while (rules_.size() < names.size())
    rules_.push_back(
      std::make_unique<rule_counters>(registry_, names[rules_.size()]));
}

void message_counters::keep(dead_message x) {
  if (last_dead_.size() == max_dead)
    last_dead_.pop_front();
  last_dead_.push_back(std::move(x));
}

void message_counters::dead(dead_reason reason, int64_t arrival,
                            std::string_view topic, std::string_view payload) {
  dead_[reason].add();
  keep({arrival, std::string{topic.substr(0, max_dead_topic)},
        std::string{payload.substr(0, max_dead_payload)}, to_string(reason)});
}

void message_counters::lost(uint64_t messages, std::string_view where,
                            int64_t second) {
  auto reason = dead_reason::journal_damaged;
  dead_[reason].add(messages);
  keep({second * 1000000000,
        {},
        std::to_string(messages) + " messages " + std::string{where},
        to_string(reason)});
}

message_counts message_counters::all() const {
  message_counts result;
  result.decoded = decoded_.value();
  for (size_t i = 0; i < ignore_reasons; ++i)
    result.ignored[i] = ignored_[static_cast<ignore_reason>(i)].value();
  for (size_t i = 0; i < dead_reasons; ++i)
    result.dead[i] = dead_[static_cast<dead_reason>(i)].value();
  for (auto& x : rules_) {
    message_counts::rule rule;
    rule.samples = x->samples.value();
    for (size_t i = 1; i < sample_refusals; ++i)
      rule.refused[i] = x->refused[static_cast<sample_refusal>(i)].value();
    rule.last_message = static_cast<int64_t>(x->last_message.value());
    result.rules.push_back(rule);
  }
  return result;
}

void message_counters::restore(const message_counts& x,
                               std::deque<dead_message> dead) {
  decoded_.restore(x.decoded);
  for (size_t i = 0; i < ignore_reasons; ++i)
    ignored_[static_cast<ignore_reason>(i)].restore(x.ignored[i]);
  for (size_t i = 0; i < dead_reasons; ++i)
    dead_[static_cast<dead_reason>(i)].restore(x.dead[i]);
  for (size_t n = 0; n < x.rules.size() && n < rules_.size(); ++n) {
    auto& rule = *rules_[n];
    rule.samples.restore(x.rules[n].samples);
    for (size_t i = 1; i < sample_refusals; ++i)
      rule.refused[static_cast<sample_refusal>(i)].restore(
        x.rules[n].refused[i]);
    rule.last_message.set(static_cast<double>(x.rules[n].last_message));
  }
  last_dead_ = std::move(dead);
}

} // namespace rrdflow

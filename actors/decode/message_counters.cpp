#include "actors/decode/message_counters.hpp"

#include <numeric>

namespace rrdflow {

const char* to_string(ignore_reason x) {
  static constexpr const char* names[ignore_reasons] = {
    "no_rule", "dropped", "empty", "text", "no_value", "retained", "overlap"};
  return names[static_cast<size_t>(x)];
}

const char* to_string(dead_reason x) {
  static constexpr const char* names[dead_reasons]
    = {"too_large", "bad_topic",       "json",  "depth", "number",
       "internal",  "journal_damaged", "poison"};
  return names[static_cast<size_t>(x)];
}

const char* to_string(sample_refusal x) {
  static constexpr const char* names[sample_refusals]
    = {"none", "collision", "limit", "name", "file", "future", "past", "range"};
  return names[static_cast<size_t>(x)];
}

void message_counters::keep(dead_message x) {
  if (last_dead_.size() == max_dead)
    last_dead_.pop_front();
  last_dead_.push_back(std::move(x));
}

void message_counters::dead(dead_reason reason, int64_t arrival,
                            std::string_view topic, std::string_view payload) {
  ++counts_.dead[static_cast<size_t>(reason)];
  keep({arrival, std::string{topic.substr(0, max_dead_topic)},
        std::string{payload.substr(0, max_dead_payload)}, to_string(reason)});
}

void message_counters::lost(uint64_t messages, std::string_view where,
                            int64_t second) {
  auto reason = dead_reason::journal_damaged;
  counts_.dead[static_cast<size_t>(reason)] += messages;
  keep({second * 1000000000,
        {},
        std::to_string(messages) + " messages " + std::string{where},
        to_string(reason)});
}

uint64_t message_counters::messages() const noexcept {
  return std::accumulate(counts_.ignored.begin(), counts_.ignored.end(),
                         counts_.decoded + dead_messages());
}

uint64_t message_counters::dead_messages() const noexcept {
  return std::accumulate(counts_.dead.begin(), counts_.dead.end(), uint64_t{0});
}

void message_counters::restore(counts x, std::deque<dead_message> dead) {
  auto rules = counts_.rules.size();
  counts_ = std::move(x);
  have_rules(rules);
  last_dead_ = std::move(dead);
}

void message_counters::collect(const std::vector<std::string>& names,
                               metrics& xs) const {
  auto add = [&](std::string name, std::pair<std::string, std::string> label,
                 std::pair<std::string, std::string> more, double value) {
    xs.push_back({std::move(name), std::move(label), std::move(more), value});
  };
  auto number = [](uint64_t x) { return static_cast<double>(x); };
  add("messages_decoded_total", {}, {}, number(counts_.decoded));
  for (size_t i = 0; i < ignore_reasons; ++i)
    add("messages_ignored_total",
        {"reason", to_string(static_cast<ignore_reason>(i))}, {},
        number(counts_.ignored[i]));
  for (size_t i = 0; i < dead_reasons; ++i)
    add("messages_dead_total",
        {"reason", to_string(static_cast<dead_reason>(i))}, {},
        number(counts_.dead[i]));
  for (size_t i = 0; i < counts_.rules.size() && i < names.size(); ++i) {
    auto& x = counts_.rules[i];
    add("samples_total", {"rule", names[i]}, {}, number(x.samples));
    for (size_t j = 1; j < sample_refusals; ++j)
      add("samples_refused_total", {"rule", names[i]},
          {"reason", to_string(static_cast<sample_refusal>(j))},
          number(x.refused[j]));
    add("rule_last_message_seconds", {"rule", names[i]}, {},
        static_cast<double>(x.last_message));
  }
}

} // namespace rrdflow

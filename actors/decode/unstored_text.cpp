#include "actors/decode/unstored_text.hpp"

#include "actors/base/calendar.hpp"

namespace rrdflow {

namespace {

std::string rule_of(const rule_set& rules, const field_mapping& x) {
  return x.of_rrd ? "the [[rrd]]" : "rule " + rules.rule(x.owner).config.name;
}

std::string time_text(const rule_set& rules, const field_mapping& mapping,
                      const planned_reading& x, int64_t arrival) {
  auto limit = x.refused == sample_refusal::future ? "future" : "past";
  auto text = "its time is " + iso_time(x.time) + ", beyond limits." + limit
              + ", and it came at " + iso_time(arrival);
  if (!mapping.of_rrd)
    text += "; if the device's clock is wrong, out_of_bounds = \"arrival\" in "
            + rule_of(rules, mapping) + " stores it at its arrival";
  return text;
}

std::string range_text(source_type type) {
  auto text = std::string{"the value does not fit the type "} + to_string(type);
  if (type == source_type::counter)
    return text + ", which takes whole numbers from 0";
  if (type == source_type::derive)
    return text + ", which takes whole numbers of 64 bits";
  return text;
}

} // namespace

std::string text_of(dead_reason x) {
  switch (x) {
    case dead_reason::too_large:
      return "the payload has more bytes than limits.payload";
    case dead_reason::bad_topic:
      return "the topic is no valid text, or too long";
    case dead_reason::json:
      return "the payload is no valid JSON; if that is meant so, exclude in "
             "the rule leaves the topic out";
    case dead_reason::depth:
      return "its JSON is nested too deeply";
    case dead_reason::number:
      return "the rule's format is \"number\", and the payload is none; "
             "format = \"auto\" reads other payloads, too";
    case dead_reason::internal:
      return "decoding failed, which is a fault of this program";
    case dead_reason::journal_damaged:
      return "it was lost in damaged bytes of the journal";
    case dead_reason::poison:
      return "the service ended over it twice, which is a fault of this "
             "program";
  }
  return {};
}

std::string text_of(passed_reason x) {
  switch (x) {
    case passed_reason::no_value:
      return "no value";
    case passed_reason::text:
      return "a text without a number";
    case passed_reason::dropped:
      return "drop";
    case passed_reason::not_listed:
      return "no entry or source";
    case passed_reason::time:
      return "the time";
    case passed_reason::no_series:
      return "unknown, and there is no series";
  }
  return {};
}

std::string
text_of(ignore_reason x, const rule_set& rules, const message_plan& plan) {
  std::string rule = "a rule";
  if (plan.entry != nullptr && plan.entry->rule != topic_route::no_rule)
    rule = "rule " + rules.rule(plan.entry->rule).config.name;
  switch (x) {
    case ignore_reason::no_rule:
      return "no rule takes the topic: none has it in its topics, or its "
             "exclude has it, too";
    case ignore_reason::dropped:
      return rule + " says drop = true";
    case ignore_reason::empty:
      return "it has no payload";
    case ignore_reason::text:
      return "its text is no value; map = { word = 1 } in " + rule
             + " gives words values";
    case ignore_reason::no_value:
      return "it has no field with a value that " + rule + " stores";
    case ignore_reason::retained:
      return "the broker had kept it, and mqtt.retained says what becomes of "
             "such messages";
    case ignore_reason::overlap:
      return "it came with several filters, and another copy of it counts";
  }
  return {};
}

unstored_note note_of(const rule_set& rules, const message_plan& plan,
                      const planned_reading& x, std::string_view topic,
                      int64_t arrival, std::string_view said) {
  auto& mapping = rules.mapping(x.mapping_index);
  unstored_note result;
  if (x.binding != planned_reading::no_binding) {
    auto key = (*plan.fields)[x.binding].path.text();
    result.path = rules.path_of(x.mapping_index, key);
    result.series = rules.describe(x.mapping_index, topic, key).name;
  }
  auto text = std::string{said};
  auto say = [&](const std::string& otherwise, const std::string& remedy) {
    if (text.empty())
      text = otherwise;
    text += remedy;
  };
  switch (x.refused) {
    case sample_refusal::none:
      break;
    case sample_refusal::collision:
      say("its name belongs to another topic or field",
          mapping.of_rrd
            ? ""
            : "; a series that names what differs in " + rule_of(rules, mapping)
                + " parts them, shared = true lets both write");
      break;
    case sample_refusal::limit:
      say("there are as many series as the limits allow",
          "; `rrdflow forget` makes room");
      break;
    case sample_refusal::name:
      say("its name cannot be that of a file",
          "; series in " + rule_of(rules, mapping) + " makes it");
      break;
    case sample_refusal::file:
      say("its file cannot take it", "");
      break;
    case sample_refusal::future:
    case sample_refusal::past:
      text = time_text(rules, mapping, x, arrival);
      break;
    case sample_refusal::range:
      say(range_text(mapping.type), "");
      break;
    case sample_refusal::time:
      text = "the field \"" + rules.rule(mapping.owner).config.time
             + "\", which " + rule_of(rules, mapping)
             + " names by time, holds no time that can be read; out_of_bounds "
               "= \"arrival\" stores such readings at their arrival";
      break;
    case sample_refusal::field:
      text = "the message lacks a field that the series of "
             + rule_of(rules, mapping)
             + " are named by: " + rules.rule(mapping.owner).config.series.text;
      break;
  }
  result.text = std::move(text);
  return result;
}

std::string text_of_decimals(source_type type) {
  std::string name = to_string(type);
  return "a " + name
         + " takes whole numbers, and decimals are rounded away: give it scale "
           "= 1000, or type = \"D"
         + name + "\"";
}

} // namespace rrdflow

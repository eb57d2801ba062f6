#pragma once

#include "actors/catalog/path_escape.hpp"
#include "actors/decode/message_decoder.hpp"
#include "config/load.hpp"
#include "tests/fuzz/oracle.hpp"

#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace rrdflow::fuzz {

/// 2023-11-14 22:13:20 UTC, in nanoseconds.
constexpr int64_t arrival = 1700000000000000000;

/// Gives messages to the DECODER's message path under rules that use everything
/// there is. The input: a byte of flags (1: retained), the topic as a line, and
/// the payload.
class payload_bench {
public:
  /// @param format the rules' `format`
  explicit payload_bench(const std::string& format) {
    auto loaded = parse_config(text(format), "fuzz.toml");
    for (auto& x : loaded.errors)
      std::fprintf(stderr, "%s\n", to_string(x).c_str());
    require(loaded.errors.empty(), "the configuration is good");
    config_ = loaded.value;
    auto rules = rule_set::make(config_, {{1, "#"}, {2, "s/#"}}, names_);
    require(static_cast<bool>(rules), "the rules are good");
    rules_ = std::make_shared<const rule_set>(std::move(*rules));
    decoder_ = std::make_unique<message_decoder>();
  }

  int run(const uint8_t* data, size_t size) {
    auto payload = text_of(data, size);
    auto flags = take_byte(payload);
    auto topic = take_line(payload);
    // Each run begins with an empty table, so that it can be repeated.
    decoder_->use(rules_);
    journal_record x;
    x.topic = topic;
    x.payload = payload;
    x.arrival = arrival;
    x.retained = (flags & 1) != 0;
    auto first = decoder_->plan(x);
    check(first, x);
    auto& second = decoder_->plan(x);
    check(second, x);
    require(first.result == second.result, "a known topic decodes the same");
    require(first.readings.size() == second.readings.size(), "same readings");
    for (size_t i = 0; i < first.readings.size(); ++i) {
      auto& a = first.readings[i];
      auto& b = second.readings[i];
      require(a.binding == b.binding && a.mapping_index == b.mapping_index
                && a.time == b.time && a.refused == b.refused
                && a.value == b.value && a.mark == b.mark
                && a.record == b.record,
              "the same reading");
    }
    return 0;
  }

private:
  static std::string text(const std::string& format) {
    auto common = "format = \"" + format + "\"\nstep = \"10s\"\n";
    return "mqtt.retained = \"if_newer\"\n[limits]\nseries = 100\npayload = "
           "\"4KiB\"\n"
           "[[rule]]\nname = \"counters\"\ntopics = [\"c/#\"]\n"
           "series = \"{1..}/{path}\"\ntype = \"COUNTER\"\n"
           + common
           + "[[rule]]\nname = \"kinds\"\ntopics = [\"k/+\"]\n"
             "timezone = \"Europe/Paris\"\nsample = \"mean\"\n"
             "map = { up = 1, down = -1e300 }\nfields = [\n"
             "{ path = \"drop\", drop = true },\n"
             "{ path = \"d/*\", type = \"DERIVE\", scale = 1e9 },\n"
             "{ path = \"**/c\", type = \"COUNTER\", scale = 0.001 },\n"
             "{ path = \"a\", type = \"ABSOLUTE\", scale = 1e300 },\n]\n"
           + common
           + "[[rule]]\nname = \"timed\"\ntopics = [\"t\"]\ntime = "
             "\"when/at\"\n"
             "timezone = \"America/New_York\"\n"
           + common
           + "[[rule]]\nname = \"named\"\ntopics = [\"n/#\"]\n"
             "series = \"{topic}/{field:id}/{field:a/b}/{path}\"\n"
             "decimal = \",\"\nout_of_bounds = \"arrival\"\n"
             "time = \"at\"\nfields = [\n"
             "{ path = \"**/w\", map = { x = \"U\", on = -1 } },\n]\n"
           + common
           + "[[rule]]\nname = \"rest\"\ntopics = [\"#\", \"/values/#\"]\n"
           + common
           + "[[rrd]]\nname = \"pair\"\nstep = \"10s\"\nsources = [\n"
             "{ janitoo = \"0048/0004|memory|0\", type = \"GAUGE\","
             " label = \"rss\" },\n"
             "{ topic = \"s/+/x\", path = \"v\", type = \"DCOUNTER\","
             " label = \"v\" },\n]\n";
  }

  void check(const message_plan& plan, const journal_record& x) const {
    if (plan.result != message_result::decoded) {
      require(plan.readings.empty(), "nothing comes of what is not decoded");
      require(plan.result != message_result::dead
                || plan.dead != dead_reason::internal,
              "decoding does not fail");
      return;
    }
    require(!plan.readings.empty(), "a decoded message has readings");
    for (auto& y : plan.readings) {
      auto& mapping = rules_->mapping(y.mapping_index);
      auto has_binding = y.binding != planned_reading::no_binding;
      require(!has_binding || y.binding < plan.fields->size(),
              "the binding is there");
      require(has_binding || y.refused != sample_refusal::none,
              "refused at once");
      if (y.refused != sample_refusal::none)
        continue;
      if (!is_integer(mapping.type) && y.mark != reading_mark::unknown)
        require(std::isfinite(y.value.as_double()), "a value is finite");
      require(y.time <= x.arrival + config_.limits.future.count() * 1000000000,
              "not of the future");
      require(y.time >= x.arrival - config_.limits.past.count() * 1000000000,
              "not of the past");
      auto path = (*plan.fields)[y.binding].path.text();
      auto series
        = rules_->describe(y.mapping_index, plan.entry->topic(), path);
      require(!series.name.empty(), "a reading has a name");
      if (auto file = escape_name(series.file))
        require(unescape_path(*file) == series.file, "the name comes back");
    }
  }

  config config_;
  rule_names names_;
  std::shared_ptr<const rule_set> rules_;
  std::unique_ptr<message_decoder> decoder_;
};

} // namespace rrdflow::fuzz

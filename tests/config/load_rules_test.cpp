#define CAF_SUITE load_rules

#include "config/load.hpp"
#include "tests/config/issues.hpp"
#include "tests/test.hpp"

#include <cmath>

using namespace rrdflow;
using namespace rrdflow::test;

using strings = std::vector<std::string>;

CAF_TEST(a short rule has the defaults) {
  auto x = parse_config("[[rule]]\nname='a'\ntopics=['#']", "");
  CAF_CHECK_EQUAL(lines(x.errors), strings{});
  CAF_CHECK_EQUAL(lines(x.warnings), strings{});
  auto& rule = x.value.rules.rules.at(0);
  CAF_CHECK_EQUAL(rule.series.text, "{topic}/{path}");
  CAF_CHECK_EQUAL(rule.time, "auto");
  CAF_CHECK(rule.map.empty());
  CAF_CHECK(rule.out_of_bounds == out_of_bounds::refuse);
  CAF_CHECK_EQUAL(rule.decimal, '.');
  CAF_CHECK(rule.format == payload_format::automatic);
  auto& file = *rule.definition;
  CAF_CHECK_EQUAL(file.step, 10);
  CAF_CHECK_EQUAL(file.lateness, 0);
  CAF_REQUIRE_EQUAL(file.sources.size(), 1u);
  auto& source = file.sources[0];
  CAF_CHECK_EQUAL(source.name, "value");
  CAF_CHECK(source.type == source_type::gauge);
  CAF_CHECK(source.sample == slot_sample::last);
  CAF_CHECK(source.fill == gap_fill::hold);
  CAF_CHECK_EQUAL(source.heartbeat, 3600);
  CAF_CHECK_EQUAL(source.heartbeat_max, 86400);
  CAF_CHECK(std::isnan(source.min) && std::isnan(source.max));
  CAF_CHECK_EQUAL(file.archives.size(), 9u);
}

CAF_TEST(every key of a rule counts) {
  auto x = parse_config(R"(
[[rule]]
name = "a"
topics = ["a/+", "b/#"]
exclude = ["a/x"]
format = "json"
series = "{1..}/{path}"
shared = true
time = "a/b"
timezone = "Europe/Paris"
step = "1m"
lateness = "5s"
type = "ABSOLUTE"
fill = "hold"
heartbeat = "10m"
min = -1
max = 1.5
max_series = 9
archives = ["1m for 1h LAST", "RRA:MIN:0.25:5:7"]
xff = 0.75
map = { A = 1, B = -2.5 }
only = true
decimal = ","
out_of_bounds = "arrival"
)",
                        "");
  CAF_CHECK_EQUAL(lines(x.errors), strings{});
  auto& rule = x.value.rules.rules.at(0);
  CAF_CHECK_EQUAL(rule.topics, (strings{"a/+", "b/#"}));
  CAF_CHECK_EQUAL(rule.exclude, strings{"a/x"});
  CAF_CHECK(rule.format == payload_format::json);
  CAF_CHECK_EQUAL(rule.series.text, "{1..}/{path}");
  CAF_CHECK(rule.shared && rule.only && !rule.drop);
  CAF_CHECK_EQUAL(rule.time, "a/b");
  CAF_CHECK_EQUAL(rule.timezone, "Europe/Paris");
  CAF_CHECK_EQUAL(rule.max_series, 9u);
  CAF_CHECK(rule.map == (word_map{{"A", 1}, {"B", -2.5}}));
  CAF_CHECK_EQUAL(rule.decimal, ',');
  CAF_CHECK(rule.out_of_bounds == out_of_bounds::arrival);
  source_definition source{
    "value", source_type::absolute, slot_sample::sum, gap_fill::hold, 600, -1,
    1.5};
  file_definition file{60,
                       5,
                       {source},
                       {{consolidation::last, 0.75, 1, 60},
                        {consolidation::min, 0.25, 5, 7}}};
  CAF_CHECK(*rule.definition == file);
}

CAF_TEST(a field takes from the rule what it does not say) {
  auto x = parse_config(R"(
[[rule]]
name = "a"
topics = ["#"]
step = "10s"
heartbeat = "2m"
sample = "mean"
min = 0
archives = ["1m for 1h LAST"]
fields = [
  { path = "**/total", type = "COUNTER", scale = 1000 },
  { path = "a", drop = true },
  { path = "b", step = "1m", max = 5, fill = "none" },
  { path = "c", sample = "max", heartbeat = "1h", archives = ["1h for 1d MAX"] },
]
)",
                        "");
  CAF_CHECK_EQUAL(lines(x.errors), strings{});
  auto& rule = x.value.rules.rules.at(0);
  auto& fields = rule.fields;
  CAF_REQUIRE_EQUAL(fields.size(), 4u);
  auto total = fields[0].definition->sources.at(0);
  CAF_CHECK_EQUAL(fields[0].scale, 1000.0);
  CAF_CHECK(total.type == source_type::counter);
  CAF_CHECK(total.sample == slot_sample::last);
  CAF_CHECK_EQUAL(total.heartbeat, 120);
  CAF_CHECK_EQUAL(total.min, 0.0);
  CAF_CHECK(fields[1].drop);
  CAF_CHECK_EQUAL(fields[1].definition, rule.definition);
  auto& b = *fields[2].definition;
  CAF_CHECK_EQUAL(b.step, 60);
  CAF_CHECK_EQUAL(b.archives.at(0).steps, 1u);
  CAF_CHECK_EQUAL(b.sources[0].max, 5.0);
  CAF_CHECK(b.sources[0].sample == slot_sample::mean);
  CAF_CHECK(b.sources[0].fill == gap_fill::none);
  auto& c = *fields[3].definition;
  CAF_CHECK_EQUAL(c.archives.at(0).steps, 360u);
  CAF_CHECK_EQUAL(c.sources[0].heartbeat, 3600);
}

CAF_TEST(a heartbeat is learned unless it is given) {
  auto x = parse_config(R"(
[[rule]]
name = "a"
topics = ["#"]
step = "40m"
heartbeat_max = "6h"
fields = [
  { path = "a", heartbeat = "1h" },
  { path = "b", heartbeat = "auto", heartbeat_max = "2h", fill = "none" },
]
[[rule]]
name = "b"
topics = ["#"]
heartbeat = "90s"
fields = [ { path = "a", heartbeat = "auto" } ]
)",
                        "");
  CAF_CHECK_EQUAL(lines(x.errors), strings{});
  auto check = [](const definition_ptr& file, int64_t heartbeat, int64_t most) {
    CAF_CHECK_EQUAL(file->sources[0].heartbeat, heartbeat);
    CAF_CHECK_EQUAL(file->sources[0].heartbeat_max, most);
  };
  auto& rules = x.value.rules.rules;
  // An hour, or two steps.
  check(rules.at(0).definition, 4800, 6 * 3600);
  check(rules.at(0).fields.at(0).definition, 3600, 0);
  check(rules.at(0).fields.at(1).definition, 4800, 7200);
  check(rules.at(1).definition, 90, 0);
  check(rules.at(1).fields.at(0).definition, 3600, 86400);
}

CAF_TEST(mistakes in rules have their place) {
  CAF_CHECK_EQUAL(rule_error("heartbeat = '5s'"),
                  "4:13: heartbeat 5s is below the step, 10s");
  CAF_CHECK_EQUAL(rule_error("min = 5\nmax = 5"), "5:7: min must be below max");
  CAF_CHECK_EQUAL(rule_error("min = 'none'"),
                  "4:7: min must be a number, or \"U\" for no limit");
  CAF_CHECK_EQUAL(rule_error("type = 'gauge'"),
                  "4:8: type: unknown \"gauge\" (did you mean \"GAUGE\"?); it "
                  "is one of GAUGE, COUNTER, DERIVE, ABSOLUTE, DCOUNTER, "
                  "DDERIVE");
  CAF_CHECK_EQUAL(rule_error("type = 'COUNTER'\nsample = 'mean'"),
                  "5:10: sample must be \"last\" for a COUNTER");
  CAF_CHECK_EQUAL(rule_error("format = 'tasmota'"),
                  "4:10: format \"tasmota\" is not built yet");
  CAF_CHECK_EQUAL(rule_error("format = 'jsn'"),
                  "4:10: format: unknown \"jsn\" (did you mean \"json\"?); it "
                  "is one of auto, number, json, janitoo");
  CAF_CHECK_EQUAL(rule_error("series = '{topik}'"),
                  "4:10: series: unknown part \"{topik}\"; it is one of "
                  "{topic}, {path}, {0}, {1}..., {1..}, {field:id}");
  CAF_CHECK_EQUAL(rule_error("timezone = 'Mars/Olympus'"),
                  "4:12: timezone: it is no time zone like \"Europe/Paris\"");
  CAF_CHECK_EQUAL(rule_error("archives = ['1m for 1d', '15s for 1d']"),
                  "4:26: archives: \"15s for 1d\": its resolution must be a "
                  "multiple of the step, 10s");
  CAF_CHECK_EQUAL(rule_error("archives = []"),
                  "4:12: archives must not be empty");
  CAF_CHECK_EQUAL(rule_error("xff = 1"),
                  "4:7: xff must be a number of at least 0 and below 1");
  CAF_CHECK_EQUAL(rule_error("map = { A = 'x' }"),
                  "4:13: map: \"A\" must stand for a number or \"U\", not "
                  "\"x\"");
  CAF_CHECK_EQUAL(rule_error("map = { A = true }"),
                  "4:13: map: \"A\" must stand for a number or \"U\", not "
                  "true or false");
  CAF_CHECK_EQUAL(rule_error("decimal = ';'"),
                  "4:11: decimal: unknown \";\"; it is one of ., ,");
  CAF_CHECK_EQUAL(rule_error("out_of_bounds = 'keep'"),
                  "4:17: out_of_bounds: unknown \"keep\"; it is one of refuse, "
                  "arrival");
  CAF_CHECK_EQUAL(rule_error("exclude = ['a/#/b']"),
                  "4:12: exclude: \"a/#/b\": \"#\" must be the last level");
  CAF_CHECK_EQUAL(rule_error("step = '500ms'"),
                  "4:8: step must be from 1s to 1y, not \"500ms\"");
  CAF_CHECK_EQUAL(rule_error("step = '1500ms'"),
                  "4:8: step must be whole seconds, not \"1500ms\"");
  CAF_CHECK_EQUAL(rule_error("time = 1979-05-27"),
                  "4:8: time must be a string, not a date");
}

CAF_TEST(words may stand for nothing known and belong to fields) {
  auto x = parse_config(R"(
[[rule]]
name = "a"
topics = ["#"]
map = { x = "U", "-1" = 2 }
fields = [ { path = "b", map = { on = 0, gone = "U" } }, { path = "c" } ]
)",
                        "");
  CAF_CHECK_EQUAL(lines(x.errors), strings{});
  auto& rule = x.value.rules.rules.at(0);
  CAF_REQUIRE_EQUAL(rule.map.size(), 2u);
  CAF_CHECK_EQUAL(rule.map[0].first, "x");
  CAF_CHECK_EQUAL(rule.map[1].first, "-1");
  CAF_CHECK(std::isnan(rule.map[0].second));
  auto& words = rule.fields.at(0).map;
  CAF_REQUIRE_EQUAL(words.size(), 2u);
  CAF_CHECK_EQUAL(words[0].first, "on");
  CAF_CHECK_EQUAL(words[0].second, 0.0);
  CAF_CHECK(std::isnan(words[1].second));
  CAF_CHECK(rule.fields.at(1).map.empty());
}

CAF_TEST(mistakes in fields have their place) {
  CAF_CHECK_EQUAL(rule_error("fields = [\n{ scale = 1 },\n]"),
                  "5:1: an entry of fields needs a path");
  CAF_CHECK_EQUAL(rule_error("fields = [{ path = 'a/b*' }]"),
                  "4:20: path: \"*\" and \"**\" must be whole levels, not "
                  "\"b*\"");
  CAF_CHECK_EQUAL(rule_error("fields = [{ path = 'a', scale = 0 }]"),
                  "4:33: scale must be other than 0");
  CAF_CHECK_EQUAL(rule_error("fields = [{ path = 'a', lateness = '1s' }]"),
                  "4:25: unknown key \"lateness\" in rule.fields");
  // The rule's list does not suit the field's step.
  CAF_CHECK_EQUAL(rule_error("archives = ['10s for 1d']\n"
                             "fields = [{ path = 'a', step = '1m' }]"),
                  "5:32: archives: \"10s for 1d\": its resolution must be a "
                  "multiple of the step, 1m");
  CAF_CHECK_EQUAL(rule_error("heartbeat = '20s'\n"
                             "fields = [{ path = 'a', step = '1m' }]"),
                  "5:32: heartbeat 20s is below the step, 1m");
}

CAF_TEST(a rule needs a name of its own and topics) {
  CAF_CHECK_EQUAL(errors("[[rule]]\n"), (strings{"1:1: a rule needs a name",
                                                 "1:1: a rule needs topics"}));
  CAF_CHECK_EQUAL(first_error("[[rule]]\nname='a'\ntopics=['a']\n"
                              "[[rule]]\nname='a'\ntopics=['b']\n"),
                  "4:1: there is a rule \"a\" already, in line 1");
  CAF_CHECK_EQUAL(first_error("[rule]\nname = 'a'"),
                  "1:1: write [[rule]], with two brackets, for each rule");
  CAF_CHECK_EQUAL(first_error("rule = 5"),
                  "1:8: write [[rule]], with two brackets, for each rule");
}

CAF_TEST(very many rules and mistakes take no unreasonable time) {
  // The limit of ctest for a suite would be reached if time went with the
  // square.
  std::string text;
  for (auto i = 0; i < 10000; ++i)
    text += "[[rule]]\nname='r" + std::to_string(i) + "'\ntopics=['a/"
            + std::to_string(i) + "/#']\nbad=1\n";
  CAF_CHECK_EQUAL(errors(text).size(), 10000u);
}

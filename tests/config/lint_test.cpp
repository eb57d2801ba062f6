#define CAF_SUITE lint

#include "tests/config/issues.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

using strings = std::vector<std::string>;

namespace {

strings rule_warnings(const std::string& topics, const std::string& more) {
  return warnings("[[rule]]\nname = 'a'\ntopics = " + topics + "\n" + more);
}

} // namespace

CAF_TEST(a wildcard level that no name uses is named) {
  CAF_CHECK_EQUAL(
    rule_warnings("['a/+/c/+']", "series = '{1}'"),
    strings{"3:11: topics: \"a/+/c/+\": the name \"{1}\" does not use level 3, "
            "\"+\": only the first topic of those that differ there will be "
            "stored"});
  CAF_CHECK_EQUAL(rule_warnings("['a/+/#']", "series = '{1}/{2}'").size(), 1u);
  CAF_CHECK_EQUAL(rule_warnings("['a/+/#']", "series = '{2..}'").size(), 1u);
  for (auto good : {"{topic}", "{1..}", "{0..}", "{2..}/{1}"})
    CAF_CHECK_EQUAL(rule_warnings("['a/+/#']",
                                  "series = '" + std::string{good} + "'"),
                    strings{});
  CAF_CHECK_EQUAL(rule_warnings("['a/+']", "series = 'x'\nshared = true"),
                  strings{});
  CAF_CHECK_EQUAL(rule_warnings("['a/+']", "series = 'x'\ndrop = true"),
                  strings{});
}

CAF_TEST(a level that topics lack is named) {
  CAF_CHECK_EQUAL(rule_warnings("['a/+']", "series = '{1}/{2}'"),
                  strings{"3:11: topics: \"a/+\": the name \"{1}/{2}\" uses "
                          "level 2, which no such topic has: nothing will be "
                          "stored"});
  CAF_CHECK_EQUAL(rule_warnings("['a/b']", "series = 'x/{2..}'").size(), 1u);
}

CAF_TEST(a rule behind one that takes everything is named) {
  auto both = [](const std::string& first, const std::string& second) {
    return warnings("[[rule]]\nname='a'\ntopics=" + first
                    + "\n[[rule]]\nname='b'\ntopics=" + second);
  };
  CAF_CHECK_EQUAL(both("['x/#']", "['x/y', 'x/+/z']"),
                  strings{"6:8: nothing reaches this rule: the rule \"a\" "
                          "takes all its messages"});
  CAF_CHECK_EQUAL(both("['x/#']", "['x/y', 'y']"), strings{});
  CAF_CHECK_EQUAL(both("['x/#']\nexclude=['x/y']", "['x/y']"), strings{});
}

CAF_TEST(long lateness and fields without a name are named) {
  CAF_CHECK_EQUAL(rule_warnings("['a']", "lateness = '2h'").size(), 1u);
  CAF_CHECK_EQUAL(rule_warnings("['a']", "lateness = '1h'"), strings{});
  auto json = std::string{"format = 'json'\nseries = '{topic}'\n"};
  CAF_CHECK_EQUAL(rule_warnings("['a']", json).size(), 1u);
  CAF_CHECK_EQUAL(rule_warnings("['a']", json
                                           + "only = true\n"
                                             "fields = [{ path = 'x' }]"),
                  strings{});
}

CAF_TEST(a counter without a limit is named where it is said) {
  auto counter = "4:8: a COUNTER without max: when the device starts again at "
                 "0, RRD takes it for the overflow of a 32-bit counter and "
                 "stores some 7.2e7 a second; set max to what is possible in a "
                 "second, or type = \"DERIVE\" and min = 0";
  CAF_CHECK_EQUAL(rule_warnings("['a']", "type = 'COUNTER'"), strings{counter});
  CAF_CHECK_EQUAL(rule_warnings("['a']",
                                "type = 'COUNTER'\nfields = [{ path = 'b' }]"),
                  strings{counter});
  CAF_CHECK_EQUAL(rule_warnings("['a']",
                                "fields = [{ path = 'b', type = 'COUNTER' }]")
                    .size(),
                  1u);
  CAF_CHECK_EQUAL(warnings("[[rrd]]\nname = 'a'\nsources = [{ topic = 'a', "
                           "label = 'b', type = 'COUNTER' }]")
                    .size(),
                  1u);
  CAF_CHECK_EQUAL(rule_warnings("['a']", "type = 'COUNTER'\nmax = 1e6"),
                  strings{});
  for (auto type : {"GAUGE", "DERIVE", "ABSOLUTE", "DCOUNTER", "DDERIVE"})
    CAF_CHECK_EQUAL(
      rule_warnings("['a']", "type = '" + std::string{type} + "'"), strings{});
}

CAF_TEST(a name of fields that no payload has is named) {
  auto text = std::string{"series = '{topic}/{field:id}/{path}'\n"};
  CAF_CHECK_EQUAL(rule_warnings("['a']", text + "format = 'number'"),
                  strings{"4:10: series: a payload of format \"number\" has no "
                          "field \"id\": nothing will be stored"});
  CAF_CHECK_EQUAL(rule_warnings("['a']", text + "format = 'json'"), strings{});
  CAF_CHECK_EQUAL(rule_warnings("['a']", text), strings{});
}

CAF_TEST(filters that overlap are named on MQTT 3_1_1) {
  std::string old{"mqtt = { version = '3.1.1' }\n"};
  auto rule = [](const std::string& topics) {
    return "[[rule]]\nname = 'a'\ntopics = " + topics + "\n";
  };
  CAF_CHECK_EQUAL(warnings(old + rule("['a/+', '+/b']")),
                  strings{"4:18: topics: \"+/b\" and \"a/+\" match some "
                          "topics both: with mqtt.version = \"3.1.1\" their "
                          "messages count twice if the broker sends a copy for "
                          "each filter; use \"5\", or one filter that covers "
                          "both"});
  CAF_CHECK_EQUAL(warnings(rule("['a/+', '+/b']")), strings{});
  CAF_MESSAGE("of these only the first is subscribed");
  CAF_CHECK_EQUAL(warnings(old + rule("['a/#', 'a/+/b']")), strings{});
  CAF_CHECK_EQUAL(warnings(old + rule("['a/+', 'b/+']")), strings{});
}

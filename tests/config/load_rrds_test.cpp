#define CAF_SUITE load_rrds

#include "config/load.hpp"
#include "tests/config/issues.hpp"
#include "tests/test.hpp"

#include <array>

using namespace rrdflow;
using namespace rrdflow::test;

using strings = std::vector<std::string>;

namespace {

/// The first mistake in an [[rrd]] with this source, which is in line 3.
std::string source_error(const std::string& source) {
  return first_error("[[rrd]]\nname = 'a'\nsources = [{ " + source + " }]");
}

} // namespace

CAF_TEST(an rrd is by default what the original makes) {
  auto x = parse_config(R"(
[[rrd]]
name = "memory_rss"
hadd = "0014/0001"
heartbeat_period = "1m"
location = "cellar"
sources = [
  { janitoo = "0048/0004|memory_rss|0", type = "GAUGE", label = "hostsensor" },
  { topic = "sensors/a/b/temp", path = "x/y", type = "COUNTER", label = "temp", max = 9 },
]
)",
                        "");
  CAF_CHECK_EQUAL(lines(x.errors), strings{});
  auto& rrd = x.value.rules.rrds.at(0);
  CAF_CHECK_EQUAL(rrd.name, "memory_rss");
  CAF_CHECK_EQUAL(rrd.hadd, "0014/0001");
  CAF_CHECK_EQUAL(rrd.heartbeat_period.count(), 60);
  CAF_CHECK_EQUAL(rrd.location, "cellar");
  CAF_REQUIRE_EQUAL(rrd.sources.size(), 2u);
  CAF_REQUIRE(rrd.sources[0].janitoo.has_value());
  CAF_CHECK_EQUAL(rrd.sources[0].janitoo->hadd, "0048/0004");
  CAF_CHECK_EQUAL(rrd.sources[0].janitoo->uuid, "memory_rss");
  CAF_CHECK_EQUAL(rrd.sources[0].janitoo->index, "0");
  CAF_CHECK_EQUAL(rrd.sources[1].topic, "sensors/a/b/temp");
  CAF_CHECK_EQUAL(rrd.sources[1].path, "x/y");
  CAF_CHECK_EQUAL(rrd.sources[1].label, "temp");
  auto& file = *rrd.definition;
  CAF_CHECK_EQUAL(file.step, 300);
  CAF_REQUIRE_EQUAL(file.sources.size(), 2u);
  CAF_CHECK_EQUAL(file.sources[0].name, "hostsensor");
  CAF_CHECK_EQUAL(file.sources[0].heartbeat, 600);
  CAF_CHECK(file.sources[0].fill == gap_fill::none);
  CAF_CHECK(file.sources[1].type == source_type::counter);
  CAF_CHECK_EQUAL(file.sources[1].max, 9.0);
  CAF_REQUIRE_EQUAL(file.archives.size(), 12u);
  // janitoo.md section 5: AVERAGE x4, MAX x4, MIN x4 in this order.
  for (size_t i = 0; i < 12; ++i) {
    archive_definition expected{
      std::array{consolidation::average, consolidation::max,
                 consolidation::min}[i / 4],
      0.5, std::array{1u, 12u, 144u, 288u}[i % 4], 1440};
    CAF_CHECK(file.archives[i] == expected);
  }
}

CAF_TEST(keys of an rrd hold for its sources) {
  auto x = parse_config(R"(
[[rrd]]
name = "a"
step = "10s"
fill = "hold"
lateness = "1s"
sample = "mean"
heartbeat = "1m"
archives = ["10s for 1h LAST"]
sources = [
  { topic = "a", format = "json", label = "a" },
  { topic = "b", label = "b", type = "DERIVE", heartbeat = "2m" },
]
)",
                        "");
  CAF_CHECK_EQUAL(lines(x.errors), strings{});
  auto& sources = x.value.rules.rrds.at(0).sources;
  CAF_CHECK(sources.at(0).format == payload_format::json);
  CAF_CHECK(sources.at(1).format == payload_format::automatic);
  auto& file = *x.value.rules.rrds.at(0).definition;
  CAF_CHECK_EQUAL(file.lateness, 1);
  CAF_CHECK_EQUAL(file.archives.at(0).rows, 360u);
  CAF_CHECK(file.sources.at(0).sample == slot_sample::mean);
  CAF_CHECK(file.sources.at(0).fill == gap_fill::hold);
  CAF_CHECK_EQUAL(file.sources.at(0).heartbeat, 60);
  CAF_CHECK(file.sources.at(1).sample == slot_sample::last);
  CAF_CHECK_EQUAL(file.sources.at(1).heartbeat, 120);
}

CAF_TEST(mistakes in rrds have their place) {
  CAF_CHECK_EQUAL(
    errors("[[rrd]]\n"),
    (strings{"1:1: an [[rrd]] needs a name", "1:1: an [[rrd]] needs sources"}));
  CAF_CHECK_EQUAL(source_error("label = 'a'"),
                  "3:12: a source needs topic or janitoo");
  CAF_CHECK_EQUAL(source_error("label = 'a', topic = 'a', "
                               "janitoo = '0048/0004|a|0'"),
                  "3:12: a source has topic or janitoo, not both");
  for (auto bad : {"0048/0004|a", "0048/0004|a|0|1", "a|b|0", "0048/0004||0",
                   "0048/0004|a|x", "", "0048/0004|a|"})
    CAF_CHECK_EQUAL(
      source_error("label = 'a', janitoo = '" + std::string{bad} + "'"),
      "3:37: janitoo: \"" + std::string{bad}
        + "\" is not like \"0048/0004|memory_rss|0\": address, "
          "value, index");
  for (auto bad : {"", "a b", "x:y", "twenty_letters_long_"})
    CAF_CHECK_EQUAL(
      source_error("topic = 'a', label = '" + std::string{bad} + "'"),
      "3:35: a source needs a label of 1 to 19 letters, digits, "
      "\"_\" or \"-\"");
  CAF_CHECK_EQUAL(source_error("topic = 'a', label = 'x' }, "
                               "{ topic = 'b', label = 'x'"),
                  "3:65: label \"x\" is there already");
  CAF_CHECK_EQUAL(source_error("topic = 'a+', label = 'x'"),
                  "3:22: topic: \"a+\": a wildcard must be a whole level, not "
                  "\"a+\"");
  CAF_CHECK_EQUAL(source_error("topic = 'a', label = 'x', type = 'COUNTER', "
                               "sample = 'sum'"),
                  "3:67: sample must be \"last\" for a COUNTER");
  CAF_CHECK_EQUAL(source_error("topic = 'a', label = 'x', labl = 'x'"),
                  "3:40: unknown key \"labl\" in rrd.sources (did you mean "
                  "\"label\"?)");
}

CAF_TEST(two rrds of one name would be one file) {
  auto rrd = "[[rrd]]\nname='a'\nsources=[{topic='a', label='a'}]\n";
  CAF_CHECK_EQUAL(first_error(std::string{rrd} + rrd),
                  "4:1: there is an [[rrd]] \"a\" already, in line 1");
  CAF_CHECK_EQUAL(first_error("[[rule]]\nname='x'\ntopics=['t']\nseries='a'\n"
                              + std::string{rrd}),
                  "5:1: the rule \"x\" writes a file of this name, too");
}

CAF_TEST(an rrd is not called like a node of our own) {
  for (std::string name : {"http", "datarrd", "http__rrd"}) {
    auto rrd = [](const std::string& keys) {
      return "[[rrd]]\n" + keys + "\nsources=[{topic='a', label='a'}]\n";
    };
    auto mistake = "2:6: node: \"" + name
                   + "\" is a node of our own; give this one another name, as "
                     "in node = \"rrd_"
                   + name + '"';
    CAF_CHECK_EQUAL(first_error(rrd("node='" + name + "'\nname='a'")), mistake);
    CAF_CHECK_NOT_EQUAL(first_error(rrd("name='" + name + "'")), "");
    CAF_CHECK_EQUAL(errors(rrd("name='" + name + "'\nnode='rrd_" + name + "'")),
                    strings{});
  }
}

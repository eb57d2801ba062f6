#define CAF_SUITE settings_engine

#include "runtime/settings/settings_engine.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

constexpr auto text = R"([cache]
flush_after = "1h"
[[rrd]]
name = "load"
sources = [{ topic = "m", label = "m" }]
)";

struct fixture {
  settings_engine uut{parse_config(text, "a.toml").value, "a.toml"};

  /// The answer, or why not.
  std::string set(const std::string& node, const std::string& key,
                  const std::string& json) {
    auto change = uut.set({node, key, json});
    if (!change)
      return explain(change.error());
    auto answer = change->value;
    uut.accept(std::move(*change));
    return answer;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(settings_engine_tests, fixture)

CAF_TEST(values are taken as Janitoo sends them) {
  CAF_CHECK_EQUAL(set("datarrd", "cache_rrd_ttl", "1800"), "1800");
  CAF_CHECK_EQUAL(uut.in_force().rules.flush_after.count(), 1800);
  // A number in a string, and one with a fraction of none.
  CAF_CHECK_EQUAL(set("datarrd", "cache_rrd_ttl", "\"0060\""), "60");
  CAF_CHECK_EQUAL(set("datarrd", "cache_rrd_ttl", "30.0"), "30");
  CAF_CHECK_EQUAL(uut.in_force().rules.flush_after.count(), 30);
  CAF_CHECK_EQUAL(set("load", "name", "\"a \\\"b\\\"\""), "\"a \\\"b\\\"\"");
  CAF_CHECK_EQUAL(uut.in_force().rules.rrds[0].title, "a \"b\"");
  auto all = uut.all();
  CAF_REQUIRE_EQUAL(all.size(), 2u);
  CAF_CHECK_EQUAL(all[0].key, "cache_rrd_ttl");
  CAF_CHECK_EQUAL(all[0].value, "30");
  CAF_CHECK_EQUAL(all[1].value, "\"a \\\"b\\\"\"");
}

CAF_TEST(what is not valid changes nothing) {
  for (auto json : {"", "null", "true", "[1]", "{}", "1.5", "-1", "1e30",
                    "often", "\"often\"", "99999999999", "\"\"", "1800 1"})
    CAF_CHECK_NOT_EQUAL(set("datarrd", "cache_rrd_ttl", json), json);
  CAF_CHECK_EQUAL(
    set("datarrd", "cache_pickle_ttl", "999999"),
    "cache_pickle_ttl of datarrd: every must be from 100ms to 1d, not "
    "\"999999s\"");
  CAF_CHECK_EQUAL(set("nobody", "rrd_step", "60"),
                  "rrd_step of nobody: there is no such node");
  CAF_CHECK_EQUAL(set("load", "colour", "60"),
                  "colour of load: it cannot be set");
  CAF_CHECK_NOT_EQUAL(set("load", "name", '"' + std::string(600, 'x') + '"'),
                      "");
  CAF_CHECK_NOT_EQUAL(set("load", "name", "\"a\\u0000b\"").find("long"),
                      std::string::npos);
  CAF_CHECK(uut.all().empty());
  CAF_CHECK_EQUAL(uut.in_force().text, text);
}

CAF_TEST(only what rows depend on is a change of the rules) {
  CAF_CHECK(uut.set({"datarrd", "cache_rrd_ttl", "5"})->rules);
  CAF_CHECK(uut.set({"load", "rrd_step", "5"})->rules);
  CAF_CHECK(uut.set({"load", "rrd_file", "\"x\""})->rules);
  CAF_CHECK(!uut.set({"load", "source_poll", "5"})->rules);
  CAF_CHECK(!uut.set({"datarrd", "cache_dead_ttl", "5"})->rules);
}

CAF_TEST(the values outlive the process and another file) {
  set("datarrd", "cache_rrd_ttl", "1800");
  set("load", "rrd_step", "60");
  settings_engine next{parse_joined_config(uut.in_force().text, "").value, ""};
  CAF_CHECK_EQUAL(next.all().size(), 2u);
  CAF_CHECK_EQUAL(next.in_force().rules.flush_after.count(), 1800);
  // The file says something else: what was set counts more.
  auto change = uut.read("cache.flush_after = \"2h\"\n");
  CAF_CHECK(change.loaded.errors.empty());
  CAF_CHECK_EQUAL(change.loaded.value.rules.flush_after.count(), 1800);
  CAF_CHECK_EQUAL(change.loaded.left_out.size(), 1u);
  uut.accept(std::move(change));
  // The node is gone, its value is kept for the case that it comes back.
  CAF_CHECK_EQUAL(uut.all().size(), 2u);
  CAF_CHECK_EQUAL(set("datarrd", "heartbeat", "50"), "50");
  CAF_CHECK_EQUAL(uut.all().size(), 3u);
}

CAF_TEST_FIXTURE_SCOPE_END()

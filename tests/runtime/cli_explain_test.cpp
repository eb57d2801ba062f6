#define CAF_SUITE cli_explain

#include "tests/runtime/cli_run.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

struct explain_fixture {
  cli_directory dir;

  cli_result run(std::vector<std::string> arguments) {
    auto file = dir.write("c.toml", R"(
limits.past = "10y"
[[rule]]
name = "plant"
topics = ["sensors/#"]
[[rrd]]
name = "hall"
sources = [{ topic = "a/b", label = "temp", type = "COUNTER" }]
)");
    arguments.insert(arguments.begin(), {"-c", file, "explain"});
    return run_cli(arguments);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(cli_explain_tests, explain_fixture)

CAF_TEST(explain shows each value and where it goes) {
  auto x = run({"sensors/hall 1", R"({"time":1763806800,"t":21.5,"on":"ON"})"});
  CAF_CHECK_EQUAL(x.code, 0);
  CAF_CHECK_EQUAL(
    x.out,
    "decoded by rule plant\n"
    "RULE   SERIES             FILE                         SOURCE  TYPE   "
    "VALUE  TIME\n"
    "plant  sensors/hall 1/t   rrd/sensors/hall=201/t.rrd   value   GAUGE   "
    "21.5  2025-11-22T10:20:00Z\n"
    "plant  sensors/hall 1/on  rrd/sensors/hall=201/on.rrd  value   GAUGE   "
    "   1  2025-11-22T10:20:00Z\n"
    "passed over:\n"
    "PATH  VALUE       WHY\n"
    "time  1763806800  the time\n");
}

CAF_TEST(explain says why nothing is stored) {
  auto x = run({"elsewhere", "1"});
  CAF_CHECK_EQUAL(x.code, 0);
  CAF_CHECK_EQUAL(x.out.find("ignored: "), 0u);
  x = run({"sensors/a", "{"});
  CAF_CHECK_EQUAL(x.code, 0);
  CAF_CHECK_EQUAL(x.out.find("dead: "), 0u);
}

CAF_TEST(explain has JSON) {
  auto x = run({"--json", "a/b", "7"});
  CAF_CHECK_EQUAL(x.code, 0);
  CAF_CHECK_EQUAL(
    x.out.substr(0, x.out.find(",\"time\"")),
    R"({"result":"decoded","reason":"","text":"","rule":"",)"
    R"("values":[{"rule":"rrd/hall",)"
    R"("series":"hall/temp","file":"rrd/hall.rrd","source":"temp",)"
    R"("type":"COUNTER","path":"","value":"7")");
}

CAF_TEST(explain has what is passed over in JSON) {
  auto x = run({"--json", "sensors/a", R"({"a":"x","b":null,"id":1})"});
  CAF_CHECK_EQUAL(x.code, 0);
  auto has = [&](const char* text) {
    CAF_CHECK_NOT_EQUAL(x.out.find(text), std::string::npos);
  };
  has(R"("path":"b","value":"unknown")");
  has(
    R"("passed":[{"path":"a","value":"x","reason":"a text without a number"}])");
  has(R"("remark":"if several devices send on this topic, series = )"
      R"(\"{topic}/{field:id}/{path}\" parts them"})");
}

CAF_TEST(payloads that look like options or lists are payloads) {
  for (auto payload : {"-5", "-0.5", "[1]", "{}", "", "a b", "--"})
    CAF_CHECK_EQUAL(run({"sensors/a", "--", payload}).code, 0);
  for (auto payload : {"-5", "-0.5", "[1]", "{}", "21.5"})
    CAF_CHECK_EQUAL(run({"sensors/a", payload}).code, 0);
  CAF_CHECK_NOT_EQUAL(run({"sensors/a", "-5"}).out.find("  -5  "),
                      std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()

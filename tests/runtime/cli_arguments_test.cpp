#define CAF_SUITE cli_arguments

#include "config/load.hpp"
#include "runtime/demo/sensors.hpp"
#include "tests/runtime/cli_run.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

constexpr auto rule = "[[rule]]\nname='plant'\ntopics=['#']\n";

} // namespace

CAF_TEST(what makes no sense ends with 64) {
  CAF_CHECK_EQUAL(run_cli({}).code, 64);
  CAF_CHECK_EQUAL(run_cli({"fly"}).code, 64);
  CAF_CHECK_EQUAL(run_cli({"fetch"}).code, 64);
  CAF_CHECK_EQUAL(run_cli({"check", "--fast"}).code, 64);
  CAF_CHECK_EQUAL(run_cli({"fetch", "a", "--format", "xml"}).code, 64);
  CAF_CHECK_EQUAL(run_cli({"demo", "--sensors", "0"}).code, 64);
  CAF_CHECK_EQUAL(run_cli({"demo", "--port", "70000"}).code, 64);
  CAF_CHECK_EQUAL(run_cli({"fly", "x"}).err,
                  "rrdflow: there is no verb \"fly\"; rrdflow --help lists "
                  "all\n");
}

CAF_TEST(help is no mistake) {
  auto all = run_cli({"--help"});
  CAF_CHECK_EQUAL(all.code, 0);
  for (auto verb :
       {"run", "demo", "check", "config", "explain", "flush", "stats", "list",
        "fetch", "dead", "why", "replay", "forget", "reshape", "version"}) {
    CAF_CHECK_NOT_EQUAL(all.out.find(verb), std::string::npos);
    CAF_CHECK_EQUAL(run_cli({verb, "--help"}).code, 0);
  }
}

CAF_TEST(the annotated configuration is one without mistakes) {
  auto printed = run_cli({"config"});
  CAF_CHECK_EQUAL(printed.code, 0);
  CAF_CHECK_EQUAL(printed.out, print_config());
}

CAF_TEST(the configuration is named before or behind the verb) {
  cli_directory dir;
  auto file = dir.write("a.toml", rule);
  CAF_CHECK_EQUAL(run_cli({"-c", file, "check"}).code, 0);
  CAF_CHECK_EQUAL(run_cli({"check", "-c", file}).code, 0);
  CAF_CHECK_EQUAL(run_cli({"check", "--config", file}).code, 0);
  auto missing = run_cli({"check", "-c", dir / "b.toml"});
  CAF_CHECK_EQUAL(missing.code, 78);
  CAF_CHECK_EQUAL(missing.out, dir
                                 / "b.toml: cannot read: No such file or "
                                   "directory\n");
}

CAF_TEST(check shows every mistake or the size of files) {
  cli_directory dir;
  auto bad = dir.write("bad.toml", "[store]\nx = 1\ny = 2\n");
  auto result = run_cli({"check", "-c", bad});
  CAF_CHECK_EQUAL(result.code, 78);
  CAF_CHECK_EQUAL(result.out.find(bad + ":2:1: unknown key \"x\" in store\n"
                                  + bad + ":3:1: unknown key \"y\" in store"),
                  0u);
  auto good = dir.write(
    "good.toml", "[mqtt]\nbroker='embedded'\n" + std::string{rule}
                   + "fields=[{path='a',step='1m'}]\n"
                     "[[rrd]]\nname='r'\nsources=[{topic='t',label='l'}]\n");
  result = run_cli({"check", "-c", good});
  CAF_CHECK_EQUAL(result.code, 0);
  CAF_CHECK_EQUAL(result.out,
                  "FILES OF  STEP  TYPE   SOURCES  ARCHIVES  BYTES PER FILE\n"
                  "plant     10s   GAUGE        1         9          872008\n"
                  "plant: a  1m    GAUGE        1         9          699208\n"
                  "rrd/r     5m    GAUGE        1        12          141112\n"
                    + good + ": good, with 1 rules and 1 [[rrd]]\n");
}

CAF_TEST(check says what a broker may lose) {
  cli_directory dir;
  auto file = dir.write("a.toml", "[mqtt]\nbroker='tcp://192.0.2.1'\n"
                                    + std::string{rule});
  auto result = run_cli({"check", "-c", file});
  CAF_CHECK_EQUAL(result.code, 0);
  auto advice = result.out.find("advice: mqtt.broker tcp://192.0.2.1: ");
  CAF_REQUIRE_NOT_EQUAL(advice, std::string::npos);
  CAF_CHECK_NOT_EQUAL(result.out.find("max_queued_messages", advice),
                      std::string::npos);
}

CAF_TEST(run gets a configuration without mistakes) {
  cli_directory dir;
  service_verbs verbs;
  std::string seen;
  verbs.run = [&seen](const rrdflow::config& x, const std::string& file) {
    seen = file + ' ' + x.rules.rules.at(0).name;
    return 7;
  };
  auto file = dir.write("a.toml", rule);
  CAF_CHECK_EQUAL(run_cli({"run", "-c", file}, verbs).code, 7);
  CAF_CHECK_EQUAL(seen, file + " plant");
  auto bad = dir.write("b.toml", "x = 1");
  seen.clear();
  auto result = run_cli({"run", "-c", bad}, verbs);
  CAF_CHECK_EQUAL(result.code, 78);
  CAF_CHECK_EQUAL(result.err, bad + ":1:1: unknown key \"x\"\n");
  CAF_CHECK_EQUAL(seen, "");
}

CAF_TEST(demo gets its options) {
  service_verbs verbs;
  demo_options seen;
  verbs.demo = [&seen](const demo_options& x) {
    seen = x;
    return 0;
  };
  CAF_CHECK_EQUAL(run_cli({"demo"}, verbs).code, 0);
  CAF_CHECK_EQUAL(seen.port, demo_options{}.port);
  run_cli({"demo", "--sensors", "7", "--rate", "0.5", "--seconds", "3",
           "--directory", "/d", "--port", "0"},
          verbs);
  CAF_CHECK_EQUAL(seen.sensors, 7u);
  CAF_CHECK_EQUAL(seen.rate, 0.5);
  CAF_CHECK_EQUAL(seen.seconds, 3.0);
  CAF_CHECK_EQUAL(seen.directory, "/d");
  CAF_CHECK_EQUAL(seen.port, 0);
}

CAF_TEST(the rules of the demo have no mistakes) {
  cli_directory dir;
  auto file = dir.write("demo.toml", sensor_network::rules());
  auto result = run_cli({"check", "-c", file});
  CAF_CHECK_EQUAL(result.code, 0);
  CAF_CHECK_EQUAL(result.out.find("FILES OF"), 0u); // no warnings
}

CAF_TEST(exceptions of verbs do not escape) {
  service_verbs verbs;
  verbs.demo
    = [](const demo_options&) -> int { throw std::runtime_error("oops"); };
  auto result = run_cli({"demo"}, verbs);
  CAF_CHECK_EQUAL(result.code, 70);
  CAF_CHECK_EQUAL(result.err, "rrdflow: oops\n");
}

CAF_TEST(version names the libraries) {
  auto result = run_cli({"version"});
  CAF_CHECK_EQUAL(result.code, 0);
  for (auto name : {"rrdflow 0.1.0\n", "CAF 0.17.", "librrd 1.", "paho",
                    "msgpack", "toml++", "simdjson", "libmicrohttpd", "spdlog"})
    CAF_CHECK_NOT_EQUAL(result.out.find(name), std::string::npos);
}

CAF_TEST(output that cannot be written ends with 74) {
  std::ostringstream out, err;
  std::istringstream in;
  out.setstate(std::ios::badbit);
  console terminal{out, err, in, false};
  CAF_CHECK_EQUAL(run_command_line({"version"}, {}, terminal), 74);
}

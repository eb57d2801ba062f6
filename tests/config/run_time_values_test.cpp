#define CAF_SUITE run_time_values

#include "config/load.hpp"
#include "config/run_time_values.hpp"
#include "tests/config/issues.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

using strings = std::vector<std::string>;
using values = std::vector<run_time_value>;

namespace {

constexpr auto text = R"(
[cache]
flush_after = "1h"
[http]
listen = ["unix:/tmp/x", "127.0.0.1:8081"]
[[rrd]]
name = "load"
step = "60s"
sources = [
  { topic = "a/b", path = "c", label = "old", min = 0 },
  { janitoo = "0048/0002|load|1", type = "GAUGE", label = "load5" },
]
[[rrd]]
name = "memory_file"
node = "memory"
sources = [{ topic = "m", label = "m" }]
)";

loaded_config load(const values& xs) {
  return parse_config(text, "x.toml", xs);
}

/// Why the value is left out.
std::string reason(const std::string& node, const std::string& key,
                   const std::string& value) {
  run_time_value x{node, key, value};
  auto loaded = load({x});
  CAF_CHECK_EQUAL(lines(loaded.errors), strings{});
  if (loaded.left_out.empty())
    return {};
  return loaded.left_out.front().substr(to_string(x).size() + 2);
}

} // namespace

CAF_TEST(values count more than the file) {
  auto loaded = load({{"datarrd", "cache_rrd_ttl", "1800"},
                      {"datarrd", "cache_pickle_ttl", "30"},
                      {"datarrd", "cache_dead_ttl", "7200"},
                      {"datarrd", "name", "Logger \"1\""},
                      {"http", "http_port", "9081"},
                      {"http", "http_host", "localhost"},
                      {"http", "heartbeat", "60"},
                      {"load", "rrd_step", "30"},
                      {"load", "source_poll", "100"},
                      {"load", "source_config", "0048/0002|load|0|COUNTER|l1"},
                      {"memory", "rrd_file", "deep/rss"},
                      {"memory", "name", "Memory"}});
  CAF_CHECK_EQUAL(lines(loaded.errors), strings{});
  CAF_CHECK_EQUAL(loaded.left_out, strings{});
  CAF_CHECK_EQUAL(loaded.set.size(), 12u);
  auto& x = loaded.value;
  CAF_CHECK_EQUAL(x.cache.flush_after.count(), 1800);
  CAF_CHECK_EQUAL(x.rules.flush_after.count(), 1800);
  CAF_CHECK_EQUAL(x.snapshot.every.count(), 30000);
  CAF_CHECK_EQUAL(x.reaper.after.count(), 7200);
  CAF_CHECK_EQUAL(x.janitoo.name, "Logger \"1\"");
  CAF_CHECK_EQUAL(x.janitoo.http_heartbeat.count(), 60);
  CAF_CHECK_EQUAL(texts(x.http.listen),
                  (strings{"unix:/tmp/x", "localhost:9081"}));
  auto& load = x.rules.rrds[0];
  CAF_CHECK_EQUAL(load.definition->step, 30);
  CAF_CHECK_EQUAL(load.definition->sources[0].heartbeat, 60);
  CAF_CHECK_EQUAL(load.source_poll.count(), 100);
  CAF_CHECK_EQUAL(load.sources[0].label, "l1");
  CAF_CHECK_EQUAL(load.sources[0].janitoo->index, "0");
  CAF_CHECK(load.sources[0].topic.empty());
  CAF_CHECK(load.definition->sources[0].type == source_type::counter);
  CAF_CHECK_EQUAL(load.sources[1].label, "load5");
  auto& memory = x.rules.rrds[1];
  CAF_CHECK_EQUAL(memory.name, "deep/rss");
  CAF_CHECK_EQUAL(memory.node, "memory");
  CAF_CHECK_EQUAL(memory.title, "Memory");
}

CAF_TEST(each node of our own has its values) {
  auto loaded = load({{"datarrd", "config_timeout", "11"},
                      {"http", "config_timeout", "12"},
                      {"http__rrd", "config_timeout", "13"},
                      {"http", "heartbeat", "14"},
                      {"http__rrd", "heartbeat", "15"},
                      {"http__rrd", "name", "Pages"},
                      {"http", "location", "Roof"},
                      {"http__rrd", "location", "Attic"},
                      {"http__rrd", "resource_poll", "16"}});
  CAF_CHECK_EQUAL(loaded.left_out, strings{});
  auto& x = loaded.value.janitoo;
  CAF_CHECK_EQUAL(x.config_timeout.count(), 11);
  CAF_CHECK_EQUAL(x.http_config_timeout.count(), 12);
  CAF_CHECK_EQUAL(x.resource_config_timeout.count(), 13);
  CAF_CHECK_EQUAL(x.http_heartbeat.count(), 14);
  CAF_CHECK_EQUAL(x.resource_heartbeat.count(), 15);
  CAF_CHECK_EQUAL(x.http_name, "");
  CAF_CHECK_EQUAL(x.resource_name, "Pages");
  CAF_CHECK_EQUAL(x.http_location, "Roof");
  CAF_CHECK_EQUAL(x.resource_location, "Attic");
  CAF_CHECK_EQUAL(x.resource_poll.count(), 16);
  CAF_CHECK_EQUAL(reason("http__rrd", "http_port", "9081"), "it cannot be set");
}

CAF_TEST(a file that is renamed keeps its node) {
  auto x = load({{"load", "rrd_file", "other"}, {"load", "rrd_step", "10"}});
  CAF_CHECK_EQUAL(x.left_out, strings{});
  CAF_CHECK_EQUAL(x.value.rules.rrds[0].name, "other");
  CAF_CHECK_EQUAL(x.value.rules.rrds[0].node, "load");
  CAF_CHECK_EQUAL(x.value.rules.rrds[0].definition->step, 10);
}

CAF_TEST(what does not fit is left out and the rest stays) {
  auto x = load({{"gone", "rrd_step", "30"}, {"load", "rrd_step", "30"}});
  CAF_CHECK_EQUAL(lines(x.errors), strings{});
  CAF_CHECK_EQUAL(x.left_out,
                  (strings{"rrd_step of gone = 30: there is no such node"}));
  CAF_CHECK_EQUAL(x.set, (strings{"rrd_step of load = 30"}));
  CAF_CHECK_EQUAL(x.value.rules.rrds[0].definition->step, 30);
}

CAF_TEST(values are checked like those of the file) {
  CAF_CHECK_EQUAL(reason("datarrd", "cache_rrd_ttl", "1800"), "");
  CAF_CHECK_EQUAL(reason("datarrd", "cache_rrd_ttl", "often"),
                  "\"often\" is no whole number");
  CAF_CHECK_EQUAL(reason("datarrd", "cache_rrd_ttl", "99999999"),
                  "flush_after must be from 0s to 1y, not \"99999999s\"");
  CAF_CHECK_EQUAL(reason("datarrd", "colour", "red"), "it cannot be set");
  CAF_CHECK_NOT_EQUAL(reason("load", "rrd_step", "0"), "");
  CAF_CHECK_NOT_EQUAL(reason("datarrd", "heartbeat", "0"), "");
  CAF_CHECK_NOT_EQUAL(reason("http", "http_port", "70000"), "");
  // It could be reached from outside, and there is no token.
  CAF_CHECK_NOT_EQUAL(reason("http", "http_host", "*"), "");
  CAF_CHECK_NOT_EQUAL(reason("http", "http_host", "a b"), "");
  CAF_CHECK_NOT_EQUAL(reason("load", "rrd_file", "memory_file"), "");
  for (auto name : {"", "../x", "a/../b", "/etc/x", "a//b", "a/", ".x", "-x",
                    "a b", "a\nb", "a%n", "a/.b"})
    CAF_CHECK_NOT_EQUAL(reason("load", "rrd_file", name), "");
  CAF_CHECK_EQUAL(reason("load", "rrd_file", "a/b-1_2.x"), "");
  for (auto source :
       {"", "0048/0002|load|0|GAUGE", "0048/0002|load|0|GAUGE|l|m",
        "48/2|load|0|GAUGE|l", "0048/0002||0|GAUGE|l", "0048/0002|l|x|GAUGE|l",
        "0048/0002|load|0|GAUG|l", "0048/0002|load|0|GAUGE|a.b",
        "0048/0002|load|0|GAUGE|load5",
        "0048/0002|load|0|GAUGE|twenty-letters-label"})
    CAF_CHECK_NOT_EQUAL(reason("load", "source_config", source), "");
}

CAF_TEST(the network may not listen wherever it likes) {
  auto listen = [](const std::string& http, const std::string& key,
                   const std::string& value) {
    auto toml = "[http]\n" + http + "\n[cache]\nflush_after = \"1h\"\n";
    auto x = parse_config(toml, "x.toml", {{"http", key, value}});
    CAF_CHECK_EQUAL(lines(x.errors), strings{});
    return x.left_out.empty() ? texts(x.value.http.listen) : strings{};
  };
  // A name that begins like a number; what a lookup would have to tell; what
  // only the administrator may use; what is no address.
  for (auto host : {"127.evil.example", "127.0.0.1.example", "127.1", "host",
                    "192.0.2.1", "10.0.0.5", "unix:/tmp/x", "unix", "", "[::]",
                    "::", "0.0.0.0", "localhost:1", "127.0.0.1:80"})
    CAF_CHECK_EQUAL(listen("", "http_host", host), strings{});
  for (auto port : {"0", "1", "80", "443", "1023", "65536", "4294967297"})
    CAF_CHECK_EQUAL(listen("", "http_port", port), strings{});
  CAF_CHECK_EQUAL(listen("", "http_port", "1024"), strings{"127.0.0.1:1024"});
  CAF_CHECK_EQUAL(listen("", "http_port", "65535"), strings{"127.0.0.1:65535"});
  CAF_CHECK_EQUAL(listen("", "http_host", "127.0.0.2"),
                  strings{"127.0.0.2:8081"});
  CAF_CHECK_EQUAL(listen("", "http_host", "::1"), strings{"[::1]:8081"});
  // What the administrator listens on, and his token is asked for.
  auto wide = "listen = [\"10.0.0.5:80\", \"h:99\"]\ntoken_file = \"t\"";
  CAF_CHECK_EQUAL(listen(wide, "http_host", "h"), (strings{"h:80", "h:99"}));
  CAF_CHECK_EQUAL(listen(wide, "http_port", "99"),
                  (strings{"10.0.0.5:99", "h:99"}));
  CAF_CHECK_EQUAL(listen(wide, "http_host", "10.0.0.5"),
                  (strings{"10.0.0.5:80", "h:99"}));
  CAF_CHECK_EQUAL(listen(wide, "http_host", "*"),
                  (strings{"0.0.0.0:80", "h:99"}));
  CAF_CHECK_EQUAL(listen(wide, "http_port", "100"), strings{});
  CAF_CHECK_EQUAL(listen(wide, "http_host", "10.0.0.6"), strings{});
  // Who has no address of the network gets none.
  CAF_CHECK_EQUAL(listen("listen = [\"unix:/tmp/x\"]", "http_port", "9081"),
                  strings{});
  CAF_CHECK_EQUAL(listen("listen = []", "http_host", "localhost"), strings{});
}

CAF_TEST(the text of the store gives the values again) {
  values xs{{"datarrd", "name", "a \"quoted\"\\ \n\x01 ü"},
            {"load", "rrd_step", "60"}};
  issue_list issues{"settings.toml"};
  auto again = parse_run_time_values(issues, print_run_time_values(xs));
  CAF_CHECK_EQUAL(lines(issues.errors()), strings{});
  CAF_REQUIRE_EQUAL(again.size(), 2u);
  CAF_CHECK_EQUAL(again[0].value, xs[0].value);
  CAF_CHECK_EQUAL(again[1].key, "rrd_step");
  CAF_CHECK(parse_run_time_values(issues, "").empty());
  CAF_CHECK(issues.errors().empty());
  parse_run_time_values(issues, "[[set]]\nnode = 'a'\ncolour = 'b'\n");
  CAF_CHECK_EQUAL(issues.errors().size(), 2u);
}

CAF_TEST(one text holds the file and the values) {
  auto whole = load({{"datarrd", "cache_rrd_ttl", "7"}}).value.text;
  auto again = parse_joined_config(whole, "rules");
  CAF_CHECK_EQUAL(lines(again.errors), strings{});
  CAF_CHECK_EQUAL(again.value.rules.flush_after.count(), 7);
  CAF_CHECK_EQUAL(again.value.text, whole);
  // Without values it is the file's text.
  CAF_CHECK_EQUAL(load({}).value.text, text);
  CAF_CHECK_EQUAL(parse_joined_config(text, "").value.text, text);
  // A file that has our mark.
  auto twice = join_texts(whole, "");
  CAF_CHECK_EQUAL(split_texts(twice).file, whole);
  CAF_CHECK_EQUAL(split_texts(twice).values, "");
  twice = join_texts(whole, "x");
  CAF_CHECK_EQUAL(split_texts(twice).values, "x");
}

#define CAF_SUITE cli_import

#include "config/load.hpp"
#include "tests/runtime/cli_run.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

CAF_TEST(a conf of the original becomes a configuration) {
  cli_directory dir;
  // Keys and their meaning: janitoo.md section 7.
  auto conf = dir.write("a.conf", R"(
[system]
service = jnt_datalog_rrd
broker_ip = 192.168.1.2
broker_port: 1884
broker_user = jan"itoo
broker_password = secret
[datarrd]
auto_start = True
hadd = 0014/0000
name = Logger
cache_rrd_ttl_0 = 1800
cache_pickle_ttl_0 = 30
cache_dead_ttl_0 = 7200
count_values_poll_0 = 120
components.load = datarrd.datasource
components.gone = datarrd.datasource
components.mem = datarrd.datasource
; a comment
[datarrd__load]
HADD = 0014/0008
heartbeat = 60
rrd_file_0 = load
rrd_step_0 = 60
source_config_0 = 0048/0002|load|0|GAUGE|load1
source_config_1 = 0048/0002|load|1|COUNTER|load5
source_config_3 = 0048/0002|load|2|GAUGE|behind_a_gap
[datarrd__mem]
hadd = 0014/0009
name = RSS "memory"
location = Cellar
source_poll_0 = 600
config_timeout = 5
source_config_0 = 0048/0004|memory_rss|0|GAUGE|rss
[datarrd__none]
rrd_file_0 = none
[http]
auto_start = yes
hadd = 0018/0000
name = Web
http_host_0 = *
http_port_0 = 9081
config_timeout = 6
[http__rrd]
hadd = 0018/0001
name = Pages
location = Attic
heartbeat = 70
config_timeout = 8
[loggers]
keys = root
)");
  auto result = run_cli({"import-janitoo", conf});
  CAF_CHECK_EQUAL(result.code, 0);
  CAF_CHECK_EQUAL(result.out.find("secret"), std::string::npos);
  auto loaded = parse_config(result.out, "");
  CAF_REQUIRE(loaded.errors.empty());
  CAF_REQUIRE_EQUAL(loaded.warnings.size(), 1u);
  CAF_CHECK_NOT_EQUAL(loaded.warnings[0].text.find("COUNTER without max"),
                      std::string::npos);
  auto& x = loaded.value;
  CAF_CHECK_EQUAL(x.mqtt.broker.text, "tcp://192.168.1.2:1884");
  CAF_CHECK_EQUAL(x.mqtt.username, "jan\"itoo");
  CAF_CHECK_EQUAL(x.cache.flush_after.count(), 1800);
  CAF_CHECK_EQUAL(x.reaper.after.count(), 7200);
  CAF_CHECK_EQUAL(x.snapshot.every.count(), 30000);
  CAF_CHECK_EQUAL(x.http.listen.at(0).text, "127.0.0.1:9081");
  CAF_CHECK(x.janitoo.enabled);
  CAF_CHECK_EQUAL(x.janitoo.name, "Logger");
  CAF_CHECK_EQUAL(x.janitoo.count_values_poll.count(), 120);
  CAF_CHECK_EQUAL(x.janitoo.http_name, "Web");
  CAF_CHECK_EQUAL(x.janitoo.http_config_timeout.count(), 6);
  CAF_CHECK_EQUAL(x.janitoo.resource_name, "Pages");
  CAF_CHECK_EQUAL(x.janitoo.resource_location, "Attic");
  CAF_CHECK_EQUAL(x.janitoo.resource_heartbeat.count(), 70);
  CAF_CHECK_EQUAL(x.janitoo.resource_config_timeout.count(), 8);
  CAF_CHECK_EQUAL(x.janitoo.hadd, "0014/0000");
  CAF_CHECK_EQUAL(x.janitoo.http_hadd, "0018/0000");
  CAF_REQUIRE_EQUAL(x.rules.rrds.size(), 2u);
  auto& load = x.rules.rrds[0];
  CAF_CHECK_EQUAL(load.name, "load");
  CAF_CHECK_EQUAL(load.hadd, "0014/0008");
  CAF_CHECK_EQUAL(load.heartbeat_period.count(), 60);
  CAF_CHECK_EQUAL(load.definition->step, 60);
  CAF_REQUIRE_EQUAL(load.sources.size(), 2u);
  CAF_CHECK_EQUAL(load.sources[1].label, "load5");
  CAF_CHECK_EQUAL(load.sources[1].janitoo->index, "1");
  CAF_CHECK(load.definition->sources[1].type == source_type::counter);
  CAF_CHECK(load.definition->sources[0].fill == gap_fill::none);
  auto& mem = x.rules.rrds[1];
  CAF_CHECK_EQUAL(mem.name, "default_rrd");
  CAF_CHECK_EQUAL(mem.node, "mem");
  CAF_CHECK_EQUAL(mem.title, "RSS \"memory\"");
  CAF_CHECK_EQUAL(mem.location, "Cellar");
  CAF_CHECK_EQUAL(mem.source_poll.count(), 600);
  CAF_CHECK_EQUAL(mem.config_timeout.count(), 5);
  CAF_CHECK_EQUAL(mem.definition->step, 300);
}

CAF_TEST(what is not carried over is said with its line) {
  cli_directory dir;
  auto conf = dir.write("a.conf", "[system]\n"
                                  "log_dir = /var/log\n"
                                  "broker_password = secret\n"
                                  "[datarrd]\n"
                                  "auto_start = True\n"
                                  "hadd = 0014/0000\n"
                                  "components.gone = datarrd.datasource\n"
                                  "components.a = datarrd.datasource\n"
                                  "[datarrd__a]\n"
                                  "hadd = 0014/0001\n"
                                  "rrd_file_0 = ../a b\n"
                                  "source_config_0 = 0048/0002|l|0|GAUGE|x\n"
                                  "source_config_2 = 0048/0002|l|0|GAUGE|y\n"
                                  "[datarrd__idle]\n"
                                  "[http]\n"
                                  "http_host_0 = *\n"
                                  "[handlers]\n"
                                  "keys = console\n"
                                  "[datarrd__alone]\n"
                                  "hadd = 0014/0002\n"
                                  "rrd_step_0 = never\n");
  auto result = run_cli({"import-janitoo", conf});
  CAF_CHECK_EQUAL(result.code, 0);
  for (auto text :
       {"  line 2: [system] log_dir: ", "Line 3: the password",
        "  line 7: [datarrd] components.gone: ",
        "  line 13: [datarrd__a] source_config_2: behind a gap",
        "Line 14: [datarrd__idle] has no hadd",
        "Line 16: it was \"0.0.0.0:8081\"", "  line 17: [handlers]: ",
        "Line 19: [datarrd__alone] has no components entry in [datarrd]",
        "Its file is rrd/=2E./a=20b.rrd", "--data flush", "fill = \"none\"",
        "original_timezone"})
    CAF_CHECK_NOT_EQUAL(result.out.find(text), std::string::npos);
  // It is a configuration, with all comments.
  auto toml = dir.write("a.toml", result.out);
  CAF_CHECK_EQUAL(run_cli({"-c", toml, "check"}).code, 0);
}

CAF_TEST(mistakes of a conf are named with their line) {
  cli_directory dir;
  auto conf = dir.write("a.conf", "[datarrd]\n"
                                  "auto_start = True\n"
                                  "hadd = 0014/0000\n"
                                  "components.a = datarrd.datasource\n"
                                  "components.b = datarrd.datasource\n"
                                  "cache_rrd_ttl_0 = often\n"
                                  "[datarrd__a]\n"
                                  "hadd = 0014/0001\n"
                                  "rrd_step_0 = 0\n"
                                  "source_config_0 = 0048/0002|l|0|GAUGE\n"
                                  "source_config_1 = 48/2|l|0|GAUGE|a\n"
                                  "source_config_2 = 0048/0002||0|GAUGE|a\n"
                                  "source_config_3 = 0048/0002|l|x|GAUGE|a\n"
                                  "source_config_4 = 0048/0002|l|0|GAUG|a\n"
                                  "source_config_5 = 0048/0002|l|0|GAUGE|a.b\n"
                                  "source_config_6 = 0048/0002|l|0|GAUGE|a\n"
                                  "source_config_7 = 0048/0002|l|1|GAUGE|a\n"
                                  "[datarrd__b]\n"
                                  "hadd = 0014/0001\n"
                                  "nonsense\n");
  auto result = run_cli({"import-janitoo", conf});
  CAF_CHECK_EQUAL(result.code, 78);
  CAF_CHECK_EQUAL(result.out, "");
  for (auto text :
       {":6:1: [datarrd] cache_rrd_ttl_0: ", ":9:1: [datarrd__a] rrd_step_0: ",
        ":10:1: [datarrd__a] source_config_0: it has 4 parts",
        ":11:1: [datarrd__a] source_config_1: \"48/2\"",
        ":12:1: [datarrd__a] source_config_2: the value",
        ":13:1: [datarrd__a] source_config_3: the index",
        ":14:1: [datarrd__a] source_config_4: the type",
        ":15:1: [datarrd__a] source_config_5: the label",
        ":17:1: [datarrd__a] source_config_7: the label \"a\" is there",
        ":18:1: [datarrd__b] source_config_0: it is missing",
        ":19:1: [datarrd__b] hadd: 0014/0001 is the address of [datarrd__a]",
        ":20:1: this is neither"})
    CAF_CHECK_NOT_EQUAL(result.err.find(conf + text), std::string::npos);
}

CAF_TEST(an empty conf gives the defaults) {
  auto result = run_cli({"import-janitoo", "/dev/null"});
  CAF_CHECK_EQUAL(result.code, 0);
  CAF_CHECK(parse_config(result.out, "").errors.empty());
}

CAF_TEST(a conf that cannot be read ends with 74) {
  CAF_CHECK_EQUAL(run_cli({"import-janitoo", "/nonexistent"}).code, 74);
  CAF_CHECK_EQUAL(run_cli({"import-janitoo"}).code, 64);
}

CAF_TEST(a datasource that is called like a node of ours gets another name) {
  cli_directory dir;
  auto conf = dir.write("a.conf", "[datarrd]\n"
                                  "auto_start = True\n"
                                  "hadd = 0014/0000\n"
                                  "components.http = datarrd.datasource\n"
                                  "components.rrd_http = datarrd.datasource\n"
                                  "[datarrd__http]\n"
                                  "hadd = 0014/0001\n"
                                  "rrd_file_0 = http\n"
                                  "source_config_0 = 0048/0002|l|0|GAUGE|x\n"
                                  "[datarrd__rrd_http]\n"
                                  "hadd = 0014/0002\n"
                                  "source_config_0 = 0048/0002|l|0|GAUGE|x\n");
  auto result = run_cli({"import-janitoo", conf});
  CAF_CHECK_EQUAL(result.code, 0);
  CAF_CHECK_NOT_EQUAL(
    result.out.find("Line 6: the node \"http\" has another name here"),
    std::string::npos);
  auto loaded = parse_config(result.out, "");
  CAF_CHECK(loaded.errors.empty());
  auto& xs = loaded.value.rules.rrds;
  CAF_REQUIRE_EQUAL(xs.size(), 2u);
  CAF_CHECK_EQUAL(xs[0].name, "http");
  CAF_CHECK_EQUAL(xs[0].node, "rrd_http_");
  CAF_CHECK_EQUAL(xs[1].node, "rrd_http");
}

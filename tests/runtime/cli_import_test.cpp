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
cache_dead_ttl_0 = 7200
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
source_config_0 = 0048/0004|memory_rss|0|GAUGE|rss
[http]
hadd = 0018/0000
http_host_0 = *
http_port_0 = 9081
)");
  auto result = run_cli({"import-janitoo", conf});
  CAF_CHECK_EQUAL(result.code, 0);
  CAF_CHECK_EQUAL(result.out.find("secret"), std::string::npos);
  auto loaded = parse_config(result.out, "");
  CAF_REQUIRE(loaded.errors.empty());
  CAF_CHECK(loaded.warnings.empty());
  auto& x = loaded.value;
  CAF_CHECK_EQUAL(x.mqtt.broker, "tcp://192.168.1.2:1884");
  CAF_CHECK_EQUAL(x.mqtt.username, "jan\"itoo");
  CAF_CHECK_EQUAL(x.cache.flush_after.count(), 1800);
  CAF_CHECK_EQUAL(x.reaper.after.count(), 7200);
  CAF_CHECK_EQUAL(x.http.listen.at(0), "127.0.0.1:9081");
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
  CAF_CHECK_EQUAL(x.rules.rrds[1].name, "default_rrd");
  CAF_CHECK_EQUAL(x.rules.rrds[1].definition->step, 300);
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

#define CAF_SUITE load_service

#include "config/load.hpp"
#include "tests/config/issues.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;
using namespace std::chrono_literals;

using strings = std::vector<std::string>;

CAF_TEST(an empty file is the default and stores nothing) {
  auto x = parse_config("", "x.toml");
  CAF_CHECK(x.errors.empty());
  CAF_REQUIRE_EQUAL(x.warnings.size(), 1u);
  CAF_CHECK_EQUAL(to_string(x.warnings[0]),
                  "x.toml: there is no [[rule]] and no [[rrd]]: nothing will "
                  "be stored");
}

CAF_TEST(values have types and units) {
  auto x = parse_config(R"(
[store]
directory = "/data"
[mqtt]
broker = "wss://broker.example:443/mqtt"
version = "3.1.1"
client_id = "me"
qos = 0
session_expiry = "1h"
username = "u"
password_file = "p"
retained = "if_newer"
tls = { ca_file = "a", certificate_file = "b", key_file = "c" }
[journal]
segment_size = "1MiB"
sync = "1s"
max_size = 2000000
[cache]
shards = 3
flush_after = "90s"
flush_jitter = "0s"
memory = "3 GB"
flush_on_stop = true
[snapshot]
every = "1500ms"
[reaper]
after = "1w"
[writer]
max_files_per_second = 10
creates_per_second = 0.5
[limits]
series = 7
payload = "1kB"
future = "1m"
past = "1y"
disk_reserve = 0
[http]
listen = ["unix:/run/x.sock", "[::1]:80"]
token_file = "t"
hosts = ["h"]
[rrdcached]
listen = []
[janitoo]
enabled = false
hadd = "0014/0000"
name = "n"
location = "l"
heartbeat = "10s"
http_hadd = "0018/0000"
original_timezone = "Europe/Paris"
)",
                        "x.toml");
  CAF_CHECK_EQUAL(lines(x.errors), strings{});
  auto& v = x.value;
  CAF_CHECK_EQUAL(v.store.directory, "/data");
  CAF_CHECK_EQUAL(v.mqtt.broker.text, "wss://broker.example:443/mqtt");
  CAF_CHECK_EQUAL(v.mqtt.version, 3);
  CAF_CHECK_EQUAL(v.mqtt.client_id, "me");
  CAF_CHECK_EQUAL(v.mqtt.qos, 0);
  CAF_CHECK_EQUAL(v.mqtt.session_expiry.count(), 3600);
  CAF_CHECK_EQUAL(v.mqtt.username, "u");
  CAF_CHECK_EQUAL(v.mqtt.password_file, "p");
  CAF_CHECK(v.mqtt.retained == retained_policy::if_newer);
  CAF_CHECK_EQUAL(v.mqtt.tls.ca_file + v.mqtt.tls.certificate_file
                    + v.mqtt.tls.key_file,
                  "abc");
  CAF_CHECK_EQUAL(v.journal.segment_size, 1048576u);
  CAF_CHECK(v.journal.sync == sync_policy::interval);
  CAF_CHECK_EQUAL(v.journal.sync_interval.count(), 1000);
  CAF_CHECK_EQUAL(v.journal.max_size, 2000000u);
  CAF_CHECK_EQUAL(v.cache.shards, 3u);
  CAF_CHECK_EQUAL(v.cache.flush_after.count(), 90);
  CAF_CHECK_EQUAL(v.cache.flush_jitter.count(), 0);
  CAF_CHECK_EQUAL(v.cache.memory, 3000000000u);
  CAF_CHECK(v.cache.flush_on_stop);
  CAF_CHECK_EQUAL(v.snapshot.every.count(), 1500);
  CAF_CHECK_EQUAL(v.reaper.after.count(), 7 * 86400);
  CAF_CHECK_EQUAL(v.writer.max_files_per_second, 10.0);
  CAF_CHECK_EQUAL(v.writer.creates_per_second, 0.5);
  CAF_CHECK_EQUAL(v.limits.series, 7u);
  CAF_CHECK_EQUAL(v.limits.payload, 1000u);
  CAF_CHECK_EQUAL(v.limits.future.count(), 60);
  CAF_CHECK_EQUAL(v.limits.past.count(), 365 * 86400);
  CAF_CHECK_EQUAL(v.limits.disk_reserve, 0u);
  CAF_CHECK_EQUAL(texts(v.http.listen),
                  (strings{"unix:/run/x.sock", "[::1]:80"}));
  CAF_CHECK_EQUAL(v.http.token_file, "t");
  CAF_CHECK_EQUAL(v.http.hosts, strings{"h"});
  CAF_CHECK_EQUAL(v.janitoo.hadd, "0014/0000");
  CAF_CHECK_EQUAL(v.janitoo.heartbeat.count(), 10);
  CAF_CHECK_EQUAL(v.janitoo.original_timezone, "Europe/Paris");
}

CAF_TEST(sync has words) {
  CAF_CHECK(parse_config("journal.sync = 'always'", "").value.journal.sync
            == sync_policy::always);
  CAF_CHECK(parse_config("journal.sync = 'never'", "").value.journal.sync
            == sync_policy::never);
  CAF_CHECK_EQUAL(first_error("[journal]\nsync = 'often'"),
                  "2:8: sync: \"often\" is no duration (units: ms s m h d w "
                  "y)");
}

CAF_TEST(all mistakes are reported in the order of the file) {
  auto text = R"(
[mqtt]
borker = "x"
qos = 5
version = "4"
[cache]
flush_after = 3600
memory = "lots"
flush_on_stop = "yes"
[store]
directory = 5
[oops]
)";
  CAF_CHECK_EQUAL(errors(text),
                  (strings{
                    "3:1: unknown key \"borker\" in mqtt (did you mean "
                    "\"broker\"?)",
                    "4:7: qos must be from 0 to 2, not 5",
                    "5:11: version: unknown \"4\"; it is one of 5, 3.1.1",
                    "7:15: flush_after needs a unit: write \"3600s\" for "
                    "seconds",
                    "8:10: memory must be a size like \"64MiB\" (kB MB GB TB "
                    "KiB MiB GiB TiB, or bytes)",
                    "9:17: flush_on_stop must be true or false, not a string",
                    "11:13: directory must be a string, not an integer",
                    "12:2: unknown key \"oops\"",
                  }));
}

CAF_TEST(a key without effect is a warning) {
  auto text = "[writer]\ncount = 2\n[[rule]]\nname = 'a'\ntopics = ['a']";
  CAF_CHECK_EQUAL(errors(text), strings{});
  CAF_CHECK_EQUAL(warnings(text),
                  strings{"2:9: count: it has no effect, there is one writer "
                          "for each shard: see cache.shards"});
}

CAF_TEST(a segment must hold the largest payload) {
  auto mistake = "limits.payload: journal.segment_size must be at least 64.5 "
                 "MiB for it";
  CAF_CHECK_EQUAL(first_error("[limits]\npayload = '8MiB'"),
                  std::string{"2:11: "} + mistake);
  CAF_CHECK_EQUAL(first_error("[limits]\npayload = '8MiB'\n"
                              "[journal]\nsegment_size = '66MiB'"),
                  "");
  CAF_CHECK_EQUAL(first_error("[journal]\nsegment_size = '512KiB'"),
                  "2:16: limits.payload: journal.segment_size must be at least "
                  "1.0 MiB for it");
  CAF_CHECK_EQUAL(first_error("[limits]\npayload = '8000000TiB'"),
                  "2:11: payload: MQTT has none above 256 MiB");
}

CAF_TEST(what is not built says so) {
  CAF_CHECK_EQUAL(first_error("[rrdcached]\nlisten = ['127.0.0.1:1']"),
                  "2:10: listen: the rrdcached protocol is not built yet");
}

CAF_TEST(nodes of a Janitoo network have addresses) {
  auto janitoo = [](const std::string& more, const std::string& rrds = "") {
    return first_error("[janitoo]\nenabled = true\n" + more + rrds);
  };
  auto rrd = [](const std::string& name, const std::string& hadd) {
    return "\n[[rrd]]\nname = '" + name + "'\nhadd = '" + hadd
           + "'\nsources = [{ topic = 'a', type = 'GAUGE', label = 'a' }]";
  };
  CAF_CHECK_EQUAL(janitoo(""), "1:1: hadd: a controller has an address like "
                               "\"0014/0000\"");
  CAF_CHECK_EQUAL(janitoo("hadd = '0014/0001'"),
                  "3:8: hadd: a controller has an address like "
                  "\"0014/0000\"");
  CAF_CHECK_EQUAL(janitoo("hadd = '0014/0000'\nhttp_hadd = '0014/0000'"),
                  "4:13: http_hadd: it needs another first number than hadd");
  CAF_CHECK_EQUAL(janitoo("hadd = '0014/0000'\nhttp_hadd = '0018/0000'",
                          rrd("a", "0014/0001") + rrd("b", "0014/0002")),
                  "");
  CAF_CHECK_EQUAL(janitoo("hadd = '0014/0000'", rrd("a", "0015/0001")),
                  "4:1: hadd: \"0015/0001\" is no node of the controller "
                  "0014/0000");
  CAF_CHECK_EQUAL(janitoo("hadd = '0014/0000'", rrd("a", "0014/0000")),
                  "4:1: hadd: \"0014/0000\" is no node of the controller "
                  "0014/0000");
  CAF_CHECK_EQUAL(
    janitoo("hadd = '0014/0000'",
            rrd("a", "0014/0001") + rrd("b", "0014/0001")),
    "8:1: hadd: \"0014/0001\" is the address of the [[rrd]] in line 4");
}

CAF_TEST(brokers have addresses) {
  for (auto good : {"embedded", "tcp://a", "mqtt://a:1", "ssl://1.2.3.4:8883",
                    "ws://a/path", "tcp://[::1]:1883"})
    CAF_CHECK_EQUAL(first_error("mqtt.broker = '" + std::string{good} + "'"),
                    "");
  for (auto bad : {"", "localhost", "http://a", "tcp://", "tcp://a:99999",
                   "tcp://a b:1", "tcp://u:p@a", "tcp://a/path"})
    CAF_CHECK_NOT_EQUAL(first_error("mqtt.broker = '" + std::string{bad} + "'"),
                        "");
}

CAF_TEST(addresses that others can reach need a token) {
  CAF_CHECK_EQUAL(first_error("[http]\nlisten = ['127.0.0.1:1', '0.0.0.0:1']"),
                  "2:26: listen: \"0.0.0.0:1\" can be reached from outside: "
                  "this needs a token_file");
  CAF_CHECK_EQUAL(
    first_error("[http]\nlisten = ['0.0.0.0:1']\ntoken_file = 't'"), "");
  CAF_CHECK_EQUAL(first_error("[http]\nlisten = ['*:1']"),
                  "2:11: listen: \"*:1\" can be reached from outside: this "
                  "needs a token_file");
  CAF_CHECK_EQUAL(first_error("[http]\nlisten = ['*:1']\ntoken_file = 't'"),
                  "");
  for (auto bad : {"8081", "localhost", "unix:run", "a:b", "127.0.0.1:"})
    CAF_CHECK_NOT_EQUAL(
      first_error("http.listen = ['" + std::string{bad} + "']"), "");
}

CAF_TEST(a file that is no TOML is one mistake with its place) {
  auto all = errors("[mqtt]\nbroker = \n");
  CAF_REQUIRE_EQUAL(all.size(), 1u);
  CAF_CHECK_EQUAL(all[0].substr(0, 2), "2:");
  CAF_CHECK_EQUAL(errors("[a]\n[a]\n").size(), 1u);
  CAF_CHECK_EQUAL(errors(std::string(100000, '[')).size(), 1u);
}

CAF_TEST(a file that cannot be read is one mistake) {
  auto x = load_config("/nonexistent/x.toml");
  CAF_REQUIRE_EQUAL(x.errors.size(), 1u);
  CAF_CHECK_EQUAL(to_string(x.errors[0]), "/nonexistent/x.toml: cannot read: "
                                          "No such file or directory");
  CAF_CHECK_EQUAL(to_string(load_config("/tmp").errors.at(0)),
                  "/tmp: cannot read: Is a directory");
  CAF_CHECK(load_config("/dev/null").errors.empty());
}

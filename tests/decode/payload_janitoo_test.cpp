#define CAF_SUITE payload_janitoo

#include "actors/decode/explain.hpp"
#include "actors/decode/formats/format_table.hpp"
#include "tests/decode/decode_fixture.hpp"
#include "tests/test.hpp"

/// What Janitoo nodes send, as it was recorded.
namespace rrdflow::test::janitoo {

// clang-format off

// One value alone.
constexpr auto flat = R"json({"entry_name": "sensor_float", "uuid": "uptime", "node_uuid": "hostsensor__uptime", "voice_uuid": null, "hadd": "0048/0005", "cmd_class": 49, "is_readonly": true, "is_writeonly": false, "default": null, "label": "Uptime", "help": "Uptime in seconds", "units": null, "list_items": null, "max": null, "min": null, "genre": 1, "type": 3, "index": 0, "is_polled": true, "poll_delay": 300, "reply_hadd": null, "data": 86412.53})json";

// A map by index.
constexpr auto load = R"json({"0": {"entry_name": "sensor_float", "uuid": "load", "node_uuid": "hostsensor__load", "voice_uuid": null, "hadd": "0048/0002", "cmd_class": 49, "label": "Load (1 minutes)", "units": null, "genre": 1, "type": 3, "index": 0, "is_polled": true, "poll_delay": 60, "reply_hadd": null, "data": 0.15},
 "1": {"entry_name": "sensor_float", "uuid": "load", "node_uuid": "hostsensor__load", "voice_uuid": null, "hadd": "0048/0002", "cmd_class": 49, "label": "Load (5 minutes)", "units": null, "genre": 1, "type": 3, "index": 1, "is_polled": true, "poll_delay": 60, "reply_hadd": null, "data": 0.22},
 "2": {"entry_name": "sensor_float", "uuid": "load", "node_uuid": "hostsensor__load", "voice_uuid": null, "hadd": "0048/0002", "cmd_class": 49, "label": "Load (15 minutes)", "units": null, "genre": 1, "type": 3, "index": 2, "is_polled": true, "poll_delay": 60, "reply_hadd": null, "data": 0.31}})json";

// Integers and null.
constexpr auto memory = R"json({"0": {"entry_name": "sensor_memory", "uuid": "memory_rss", "node_uuid": "hostsensor__processes", "voice_uuid": null, "hadd": "0048/0004", "cmd_class": 49, "label": "RSS memory (/opt/janitoo/run/jnt_hostsensor.pid)", "units": "Bytes", "genre": 1, "type": 4, "index": 0, "is_polled": true, "poll_delay": 300, "reply_hadd": null, "data": 28471296},
 "1": {"entry_name": "sensor_memory", "uuid": "memory_rss", "node_uuid": "hostsensor__processes", "voice_uuid": null, "hadd": "0048/0004", "cmd_class": 49, "label": "RSS memory (/opt/janitoo/run/jnt_roomba.pid)", "units": "Bytes", "genre": 1, "type": 4, "index": 1, "is_polled": true, "poll_delay": 300, "reply_hadd": null, "data": null}})json";

// A truth value of genre user.
constexpr auto presence = R"json({"entry_name": "sensor_presence", "uuid": "presence", "node_uuid": "events__hall", "voice_uuid": null, "hadd": "0030/0002", "cmd_class": 48, "label": "Presence", "genre": 2, "type": 1, "index": 0, "is_polled": true, "poll_delay": 30, "reply_hadd": null, "data": true})json";

// An Arduino, and its failure.
constexpr auto arduino = R"json({"cmd_class":50,"genre":2,"hadd":"1111/0000","is_readonly":true,"is_writeonly":true,"units":"°C","uuid":"dht_in_temp","index":0,"data":21.50,"label":"in temperature"})json";
constexpr auto arduino_error = R"json({"cmd_class":50,"genre":2,"hadd":"1111/0000","is_readonly":true,"is_writeonly":true,"units":"°C","uuid":"dht_in_temp","index":0,"data":"NULL","error":"Checksum error","label":"in temperature"})json";

// A text.
constexpr auto source = R"json({"0": {"entry_name": "sensor_string", "uuid": "source", "node_uuid": "datarrd__load", "voice_uuid": null, "hadd": "0014/0008", "cmd_class": 49, "label": "Source label (0048/0002|load|0|GAUGE|load1)", "genre": 1, "type": 8, "index": 0, "is_polled": true, "poll_delay": 900, "reply_hadd": null, "data": "load1"}})json";

constexpr auto nan = R"json({"uuid": "uptime", "hadd": "0048/0005", "genre": 1, "type": 3, "index": 0, "data": NaN})json";

// Two levels of names that mean nothing.
constexpr auto two_levels = R"json({"0": {"0": {"uuid": "load", "hadd": "0048/0002", "genre": 1, "index": 1, "data": 0.5}, "x": {"uuid": "other", "hadd": "0048/0003", "genre": 1, "index": 2, "data": 7}}})json";

// Settings are no values.
constexpr auto setting = R"json({"uuid": "heartbeat", "hadd": "0048/0005", "genre": 3, "index": 0, "data": 30})json";

// clang-format on

} // namespace rrdflow::test::janitoo

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

/// "series=value ..." or why there is nothing.
std::string explained(const rrdflow::config& x, std::string_view topic,
                      std::string_view payload) {
  auto y = explain(x, topic, payload, n0);
  if (y.result != message_result::decoded)
    return to_string(y.result) + (" " + y.reason);
  std::string result;
  for (auto& value : y.values) {
    if (!result.empty())
      result += ' ';
    result
      += value.series + "="
         + (value.refused == sample_refusal::none ? value.value
                                                  : to_string(value.refused));
    CAF_CHECK_EQUAL(value.time, n0);
  }
  return result;
}

std::string automatic(std::string_view topic, std::string_view payload) {
  return explained(config_of(catch_all), topic, payload);
}

std::string data(std::string_view x) {
  auto payload = R"({"uuid":"u","hadd":"0001/0002","genre":1,"data":)"
                 + std::string{x} + "}";
  return automatic("/values/basic/0001/0002/u", payload);
}

} // namespace

CAF_TEST(the seven examples become what they should) {
  CAF_CHECK_EQUAL(automatic("/values/basic/0048/0005/uptime", janitoo::flat),
                  "/values/basic/0048/0005/uptime/0=86412.53");
  CAF_CHECK_EQUAL(automatic("/values/basic/0048/0002/load", janitoo::load),
                  "/values/basic/0048/0002/load/0=0.15 "
                  "/values/basic/0048/0002/load/1=0.22 "
                  "/values/basic/0048/0002/load/2=0.31");
  CAF_CHECK_EQUAL(automatic("/values/basic/0048/0004/memory_rss",
                            janitoo::memory),
                  "/values/basic/0048/0004/memory_rss/0=28471296 "
                  "/values/basic/0048/0004/memory_rss/1=unknown");
  CAF_CHECK_EQUAL(automatic("/values/user/0030/0002/presence",
                            janitoo::presence),
                  "/values/user/0030/0002/presence/0=1");
  CAF_CHECK_EQUAL(automatic("/values/user/1111/0000/dht_in_temp",
                            janitoo::arduino),
                  "/values/user/1111/0000/dht_in_temp/0=21.5");
  CAF_CHECK_EQUAL(automatic("/values/user/1111/0000/dht_in_temp",
                            janitoo::arduino_error),
                  "ignored no_value");
  CAF_CHECK_EQUAL(automatic("/values/basic/0014/0008/source", janitoo::source),
                  "ignored no_value");
  CAF_CHECK_EQUAL(automatic("/values/basic/0048/0005/uptime", janitoo::nan),
                  "/values/basic/0048/0005/uptime/0=unknown");
}

CAF_TEST(names outside of a value mean nothing) {
  CAF_CHECK_EQUAL(automatic("/values/basic/0048/0002/load",
                            janitoo::two_levels),
                  "/values/basic/0048/0002/load/1=0.5 "
                  "/values/basic/0048/0002/load/0048/0003/other/2=7");
  for (auto topic : {"/values/basic/0048/0002/load", "/values/x"}) {
    payload_reader uut;
    CAF_REQUIRE(uut.read(payload_format::janitoo, topic, janitoo::two_levels, 0)
                == read_status::fields);
    CAF_CHECK_EQUAL(uut.fields().whole_path(uut.fields()[0]),
                    "0048/0002/load/1");
    CAF_CHECK_EQUAL(uut.fields().whole_path(uut.fields()[1]),
                    "0048/0003/other/2");
  }
}

CAF_TEST(every encoding of data) {
  std::string series = "/values/basic/0001/0002/u/0";
  CAF_CHECK_EQUAL(data("42"), series + "=42");
  CAF_CHECK_EQUAL(data("1e-07"), series + "=1e-07");
  CAF_CHECK_EQUAL(data("\"12.5\""), series + "=12.5");
  CAF_CHECK_EQUAL(data("false"), series + "=0");
  for (auto x :
       {"\"NULL\"", "\"nan\"", "\"\\u00b0C\"", "\"3:12:40\"", "\"ON\"",
        R"({"$date": 1700000000000})", R"({"$uuid": "00ff"})", "[1,2]", "\"\""})
    CAF_CHECK_EQUAL(data(x), "ignored no_value");
  for (auto x : {"null", "NaN", "Infinity", "-Infinity"})
    CAF_CHECK_EQUAL(data(x), series + "=unknown");
}

CAF_TEST(only genres basic and user are values) {
  CAF_CHECK_EQUAL(automatic("/values/config/0048/0005/heartbeat",
                            janitoo::setting),
                  "ignored no_value");
}

CAF_TEST(off its topics a janitoo value is plain JSON) {
  auto x = explain(config_of(catch_all), "other", janitoo::arduino, n0);
  CAF_CHECK(x.result == message_result::decoded);
  CAF_CHECK_EQUAL(x.values.size(), 6u);
  CAF_MESSAGE("and JSON on its topics that is no value stays JSON");
  CAF_CHECK_EQUAL(automatic("/values/x", R"({"a":1})"), "/values/x/a=1");
}

CAF_TEST(sources of an rrd take values by address and keep them) {
  auto x = config_of(catch_all + R"(
[[rrd]]
name = "memory_rss"
step = "5m"
sources = [
  { janitoo = "0048/0004|memory_rss|0", type = "GAUGE", label = "host" },
  { janitoo = "0048/0002|load|1", type = "GAUGE", label = "load5" },
  { topic = "sensors/+/temp", path = "", type = "GAUGE", label = "temp" },
]
)");
  CAF_CHECK_EQUAL(explained(x, "/values/basic/0048/0004/memory_rss",
                            janitoo::memory),
                  "memory_rss/host=28471296");
  CAF_MESSAGE("wherever the value comes from");
  CAF_CHECK_EQUAL(explained(x, "/values/x", janitoo::two_levels),
                  "memory_rss/load5=0.5");
  CAF_CHECK_EQUAL(explained(x, "/values/basic/0048/0002/load", janitoo::load),
                  "memory_rss/load5=0.22");
  CAF_CHECK_EQUAL(explained(x, "sensors/a/temp", "21.5"),
                  "memory_rss/temp=21.5");
  CAF_CHECK_EQUAL(explained(x, "/values/basic/0048/0005/uptime", janitoo::flat),
                  "/values/basic/0048/0005/uptime/0=86412.53");
}

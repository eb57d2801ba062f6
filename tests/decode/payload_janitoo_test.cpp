#define CAF_SUITE payload_janitoo

#include "actors/decode/explain.hpp"
#include "actors/decode/formats/janitoo.hpp"
#include "actors/decode/formats/payload_reader.hpp"
#include "tests/decode/decode_fixture.hpp"
#include "tests/decode/janitoo_examples.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

/// "series=value ..." or why there is nothing.
std::string explained(const rrdflow::config& x, std::string_view topic,
                      std::string_view payload) {
  auto y = explain(x, topic, payload, n0);
  if (y.result != "decoded")
    return y.result + " " + y.reason;
  std::string result;
  for (auto& value : y.values) {
    if (!result.empty())
      result += ' ';
    result += value.series + "="
              + (value.refused.empty() ? value.value : value.refused);
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
                  "/values/basic/0048/0004/memory_rss/0=28471296");
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
                  "ignored no_value");
}

CAF_TEST(names outside of a value mean nothing) {
  CAF_CHECK_EQUAL(automatic("/values/basic/0048/0002/load",
                            janitoo::two_levels),
                  "/values/basic/0048/0002/load/1=0.5 "
                  "/values/basic/0048/0002/load/0048/0003/other/2=7");
  CAF_CHECK_EQUAL(janitoo_address("/values/basic/0048/0002/load", "1"),
                  "0048/0002/load/1");
  CAF_CHECK_EQUAL(janitoo_address("/values/x", "0048/0003/other/2"),
                  "0048/0003/other/2");
}

CAF_TEST(every encoding of data) {
  std::string series = "/values/basic/0001/0002/u/0";
  CAF_CHECK_EQUAL(data("42"), series + "=42");
  CAF_CHECK_EQUAL(data("1e-07"), series + "=1e-07");
  CAF_CHECK_EQUAL(data("\"12.5\""), series + "=12.5");
  CAF_CHECK_EQUAL(data("false"), series + "=0");
  for (auto x :
       {"null", "\"NULL\"", "NaN", "Infinity", "-Infinity", "\"nan\"",
        "\"\\u00b0C\"", "\"3:12:40\"", "\"ON\"", R"({"$date": 1700000000000})",
        R"({"$uuid": "00ff"})", "[1,2]", "\"\""})
    CAF_CHECK_EQUAL(data(x), "ignored no_value");
}

CAF_TEST(only genres basic and user are values) {
  CAF_CHECK_EQUAL(automatic("/values/config/0048/0005/heartbeat",
                            janitoo::setting),
                  "ignored no_value");
}

CAF_TEST(off its topics a janitoo value is plain JSON) {
  auto x = explain(config_of(catch_all), "other", janitoo::arduino, n0);
  CAF_CHECK_EQUAL(x.result, "decoded");
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

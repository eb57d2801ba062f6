#define CAF_SUITE payload_time

#include "actors/decode/payload_time.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

constexpr int64_t second = 1000000000;

int64_t time_of(const scalar& x, const time_zone& zone = {}) {
  return parse_time(x, zone, 0).value_or(-1);
}

int64_t time_of(std::string_view x, const time_zone& zone = {}) {
  return time_of(scalar::of(x), zone);
}

} // namespace

CAF_TEST(the magnitude tells the unit) {
  CAF_CHECK_EQUAL(time_of(scalar::of(int64_t{1700000000})),
                  1700000000 * second);
  CAF_CHECK_EQUAL(time_of(scalar::of(int64_t{1700000000123})),
                  1700000000123000000);
  CAF_CHECK_EQUAL(time_of(scalar::of(int64_t{1700000000123456})),
                  1700000000123456000);
  CAF_CHECK_EQUAL(time_of(scalar::of(int64_t{1700000000123456789})),
                  1700000000123456789);
  CAF_CHECK_EQUAL(time_of(scalar::of(1631186545.5)), 1631186545500000000);
  CAF_CHECK_EQUAL(time_of("1673298989.0"), 1673298989 * second);
  CAF_CHECK_EQUAL(time_of(scalar::of(int64_t{0})), 0);
  CAF_CHECK_EQUAL(time_of(scalar::of(int64_t{-5})), -5 * second);
}

CAF_TEST(ISO times with a zone) {
  CAF_CHECK_EQUAL(time_of("2023-11-14T22:13:20Z"), 1700000000 * second);
  CAF_CHECK_EQUAL(time_of("2023-11-14T23:13:20+01:00"), 1700000000 * second);
  CAF_CHECK_EQUAL(time_of("2023-11-14T17:43:20-0430"), 1700000000 * second);
  CAF_CHECK_EQUAL(time_of("2023-11-15T00:13:20+02"), 1700000000 * second);
  CAF_CHECK_EQUAL(time_of("2023-11-14 22:13:20Z"), 1700000000 * second);
  CAF_CHECK_EQUAL(time_of("2023-11-14T22:13Z"), 1699999980 * second);
  CAF_CHECK_EQUAL(time_of("2026-06-26T20:29:58.259Z"), 1782505798259000000);
  CAF_CHECK_EQUAL(time_of("2020-02-12T15:15:46.014773143Z"),
                  1581520546014773143);
  CAF_CHECK_EQUAL(time_of("2017-10-01T23:20:30.920969+00:00"),
                  1506900030920969000);
}

CAF_TEST(texts that are no times) {
  for (auto text :
       {"", "N", "now", "0T00:00:13", "2023-13-01T00:00:00Z",
        "2023-02-30T00:00:00Z", "2023-11-14T24:00:00Z", "2023-11-14",
        "2023-11-14T22:13:20Zx", "2023-11-14T22:13:20+1", "3:12:40",
        "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20+25:00", "nan"})
    CAF_CHECK_EQUAL(time_of(text), -1);
  CAF_CHECK_EQUAL(time_of(scalar::none()), -1);
  CAF_CHECK_EQUAL(time_of(scalar::of(true)), -1);
}

CAF_TEST(a time without zone counts only with a zone given) {
  CAF_CHECK_EQUAL(time_of("2019-11-03T19:34:28"), -1);
  auto paris = *time_zone::of("Europe/Paris");
  CAF_CHECK_EQUAL(time_of("2019-11-03T19:34:28", paris), 1572806068 * second);
  CAF_CHECK_EQUAL(time_of("2019-07-03T19:34:28", paris), 1562175268 * second);
  // A time with a zone does not care.
  CAF_CHECK_EQUAL(time_of("2019-11-03T19:34:28Z", paris), 1572809668 * second);
  CAF_MESSAGE("clocks set back: the first of two; set forward: the change");
  CAF_CHECK_EQUAL(time_of("2019-10-27T02:30:00", paris), 1572136200 * second);
  CAF_CHECK_EQUAL(time_of("2019-03-31T02:30:00", paris), 1553994000 * second);
}

CAF_TEST(times far away are the nearest that fit) {
  CAF_CHECK_EQUAL(time_of("9999-12-31T23:59:59Z"),
                  std::numeric_limits<int64_t>::max());
  CAF_CHECK_EQUAL(time_of(scalar::of(1e300)),
                  std::numeric_limits<int64_t>::max());
  CAF_CHECK(time_of("0001-01-01T00:00:00Z") < -9000000000000000000);
  for (auto x : {scalar::of(std::string_view{"1e999"}), scalar::beyond()})
    CAF_CHECK_EQUAL(time_of(x), std::numeric_limits<int64_t>::max());
}

CAF_TEST(only whole known paths hold a time) {
  CAF_CHECK(time_field_priority("Epoch") >= 0);
  CAF_CHECK(time_field_priority("Epoch") < time_field_priority("Time"));
  CAF_CHECK(time_field_priority("tst") < time_field_priority("created_at"));
  CAF_CHECK(time_field_priority("uplink_message/received_at")
            < time_field_priority("received_at"));
  for (auto path : {"last_seen", "timestamp", "dateTime", "datetime", "date",
                    "params/ts", "ts", "t", "time"})
    CAF_CHECK(time_field_priority(path) >= 0);
  for (auto path :
       {"minute_ts", "aenergy/minute_ts", "ENERGY/TotalStartTime", "lastEvent",
        "uptime", "ut", "rx_metadata/timestamp", "a/ts", "", "Timer"})
    CAF_CHECK_EQUAL(time_field_priority(path), -1);
}

CAF_TEST(keys that say whose values stand beside them have a role) {
  for (auto path : {"id", "model", "Device", "a/b/mac", "sensor_id", "devEui",
                    "SerialNumber", "ieee_addr"})
    CAF_CHECK_EQUAL(field_role(path), identity_role);
  for (auto path : {"", "x", "temperature", "idle", "modelx", "id/x", "ids",
                    "name_of_a_very_long_key", "_", "a/"})
    CAF_CHECK_EQUAL(field_role(path), no_role);
  CAF_CHECK_EQUAL(field_role("ts"), time_field_priority("ts"));
}

#define CAF_SUITE golden_payloads

#include "actors/decode/explain.hpp"
#include "tests/decode/decode_fixture.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

/// "path=value ..." with "@seconds" behind it if the time is not the arrival.
std::string
decoded(std::string_view payload, int64_t arrival = n0,
        std::string_view topic = "t", const std::string& rules = catch_all) {
  auto y = explain(config_of(rules), topic, payload, arrival);
  if (y.result != message_result::decoded)
    return to_string(y.result) + (" " + y.reason);
  std::string result;
  for (auto& value : y.values) {
    if (!result.empty())
      result += ' ';
    result
      += value.path + "="
         + (value.refused == sample_refusal::none ? value.value
                                                  : to_string(value.refused));
  }
  if (!y.values.empty() && y.values.front().time != arrival)
    result += " @" + std::to_string(y.values.front().time / 1000000000);
  return result;
}

constexpr int64_t at(int64_t second) {
  return second * 1000000000;
}

} // namespace

CAF_TEST(Tasmota) {
  CAF_CHECK_EQUAL(
    decoded(
      R"({"Time":"2019-11-03T19:34:28","BME280":{"Temperature":21.7,"Humidity":66.6,"Pressure":988.6},"PressureUnit":"hPa","TempUnit":"C"})"),
    "BME280/Temperature=21.7 BME280/Humidity=66.6 BME280/Pressure=988.6");
  CAF_CHECK_EQUAL(
    decoded(
      R"({"Time":"2018-02-15T17:37:10","ENERGY":{"TotalStartTime":"2018-11-14T18:39:40","Total":6.294,"Yesterday":5.340,"Power":2635}})"),
    "ENERGY/Total=6.294 ENERGY/Yesterday=5.34 ENERGY/Power=2635");
  CAF_CHECK_EQUAL(
    decoded(
      R"({"Time":"2021-06-27T15:03:44+02:00","Uptime":"0T00:00:13","UptimeSec":13,"POWER":"ON","Wifi":{"RSSI":86,"Signal":-57}})",
      at(1624799030)),
    "UptimeSec=13 POWER=1 Wifi/RSSI=86 Wifi/Signal=-57 @1624799024");
  CAF_MESSAGE("Epoch is preferred");
  CAF_CHECK_EQUAL(
    decoded(R"({"Time":"2019-09-04T12:00:00Z","Epoch":1567595328,"A":1})",
            at(1567595330)),
    "A=1 @1567595328");
  CAF_CHECK_EQUAL(
    decoded(
      R"({"ZbReceived":{"0x2916":{"Device":"0x2916","Name":"SNZB-02","Temperature":26.27,"Endpoint":1}}})"),
    "ZbReceived/0x2916/Temperature=26.27 ZbReceived/0x2916/Endpoint=1");
  CAF_CHECK_EQUAL(decoded("Online"), "=1");
}

CAF_TEST(zigbee2mqtt) {
  CAF_CHECK_EQUAL(decoded(R"({"temperature":27.34,"humidity":44.72})"),
                  "temperature=27.34 humidity=44.72");
  CAF_CHECK_EQUAL(decoded(R"({"occupancy":true})"), "occupancy=1");
  CAF_CHECK_EQUAL(
    decoded(
      R"({"battery":100,"last_seen":"2026-06-26T20:29:58.259Z","linkquality":136,"temperature":25.5})",
      at(1782505800)),
    "battery=100 linkquality=136 temperature=25.5 @1782505798");
  CAF_CHECK_EQUAL(decoded("ON"), "=1");
}

CAF_TEST(Shelly) {
  CAF_CHECK_EQUAL(decoded("on"), "=1");
  CAF_CHECK_EQUAL(decoded("47.11"), "=47.11");
  CAF_CHECK_EQUAL(decoded("true"), "=1");
  CAF_MESSAGE("minute_ts is no time of a reading");
  CAF_CHECK_EQUAL(
    decoded(
      R"({"id":0,"source":"WS_in","output":false,"apower":0.0,"aenergy":{"total":0.000,"by_minute":[0.000,0.000],"minute_ts":1680536525},"temperature":{"tC":44.4}})"),
    "id=0 output=0 apower=0 aenergy/total=0 aenergy/by_minute/0=0 "
    "aenergy/by_minute/1=0 aenergy/minute_ts=1680536525 temperature/tC=44.4");
  CAF_CHECK_EQUAL(
    decoded(
      R"({"src":"shellypro4pm","method":"NotifyStatus","params":{"ts":1631186545.04,"switch:0":{"id":0,"output":true}}})",
      at(1631186546)),
    "params/switch:0/id=0 params/switch:0/output=1 @1631186545");
}

CAF_TEST(Home Assistant and Homie) {
  CAF_CHECK_EQUAL(decoded("\"on\""), "=1");
  CAF_CHECK_EQUAL(decoded("21.5"), "=21.5");
  CAF_CHECK_EQUAL(decoded(R"({ "temperature": 23.20, "humidity": 43.70 })"),
                  "temperature=23.2 humidity=43.7");
}

CAF_TEST(LoRaWAN) {
  CAF_MESSAGE(
    "The Things Stack: the inner received_at; a gateway's ticks are no "
    "time");
  CAF_CHECK_EQUAL(
    decoded(
      R"({"end_device_ids":{"device_id":"dev1"},"received_at":"2020-02-12T15:15:46.014773143Z","uplink_message":{"f_cnt":1,"f_port":1,"frm_payload":"gkHe","decoded_payload":{"temperature":1.0,"luminosity":0.64},"rx_metadata":[{"time":"2020-02-12T15:15:45.787Z","timestamp":2463457000,"rssi":-35}],"received_at":"2020-02-12T15:15:45.789585559Z"}})",
      at(1581520547)),
    "uplink_message/f_cnt=1 uplink_message/f_port=1 "
    "uplink_message/decoded_payload/temperature=1 "
    "uplink_message/decoded_payload/luminosity=0.64 "
    "uplink_message/rx_metadata/timestamp=2463457000 "
    "uplink_message/rx_metadata/rssi=-35 @1581520545");
  CAF_MESSAGE("ChirpStack");
  CAF_CHECK_EQUAL(
    decoded(
      R"({"deduplicationId":"3ac7e3c4","time":"2022-07-18T09:34:15.775023242+00:00","deviceInfo":{"devEui":"0101010101010101x"},"dr":1,"fPort":1,"data":"qg==","rxInfo":[{"rssi":-36}],"object":{"t":1.5}})",
      at(1658136856)),
    "dr=1 fPort=1 rxInfo/rssi=-36 object/t=1.5 @1658136855");
}

CAF_TEST(others with JSON) {
  CAF_MESSAGE("OpenMQTTGateway: numbers as strings");
  CAF_CHECK_EQUAL(decoded(R"({"hum":"52.6","tempc":"19.2","tempf":"66.56"})"),
                  "hum=52.6 tempc=19.2 tempf=66.56");
  CAF_MESSAGE("OwnTracks: the time of the fix");
  CAF_CHECK_EQUAL(
    decoded(R"({"_type":"location","lat":1.5,"batt":80,"tst":1700000000})",
            at(1700000001)),
    "lat=1.5 batt=80 @1700000000");
  CAF_MESSAGE("rtl_433: a time without zone");
  CAF_CHECK_EQUAL(
    decoded(
      R"({"time" : "2019-04-22 21:28:12", "model" : "Prologue sensor", "id" : 5, "battery" : "OK", "temperature_C" : 16.200})"),
    "id=5 temperature_C=16.2");
  CAF_CHECK_EQUAL(
    decoded(R"({"time" : "2019-04-22 21:28:12", "temperature_C" : 16.2})",
            at(1555961295), "t", catch_all + "timezone = \"Europe/Paris\"\n"),
    "temperature_C=16.2 @1555961292");
  CAF_MESSAGE("several devices on one topic");
  CAF_CHECK_EQUAL(
    decoded(
      R"({"time" : "2023-11-14 22:13:10Z", "model" : "Prologue sensor", "id" : 5, "channel" : 2, "battery" : "OK", "temperature_C" : 16.2})",
      n0, "t", catch_all + "series = \"{field:model}/{field:id}/{path}\"\n"),
    "id=5 channel=2 temperature_C=16.2 @1699999990");
  CAF_MESSAGE("KEPServerEX: a list of records with their times");
  CAF_CHECK_EQUAL(
    decoded(
      R"({"timestamp":1541021024224,"values":[{"id":"R.P.U","t":1541021024193,"v":7},{"id":"R.P.V","t":1541021024193,"v":8}]})",
      at(1541021025)),
    "values/v=7 values/v=8 @1541021024");
  CAF_MESSAGE("collectd ends its text with a NUL");
  CAF_CHECK_EQUAL(decoded({"1700000000.000:42\0", 18}), "=42");
  CAF_MESSAGE("Victron");
  CAF_CHECK_EQUAL(decoded(R"({"value": 936})"), "value=936");
  CAF_CHECK_EQUAL(decoded(R"({"value": null})"), "value=unknown");
  CAF_CHECK_EQUAL(decoded(""), "ignored empty");
  CAF_MESSAGE("zwave-js-ui: milliseconds");
  CAF_CHECK_EQUAL(decoded(R"({"time":1750870005853,"value":255})",
                          at(1750870006)),
                  "value=255 @1750870005");
  CAF_CHECK_EQUAL(decoded("255"), "=255");
  CAF_MESSAGE("weewx: all strings");
  CAF_CHECK_EQUAL(
    decoded(R"({"dateTime": "1673298989.0", "outTemp_C": "5.888888888888889"})",
            at(1673298990)),
    "outTemp_C=5.88888888888889 @1673298989");
}

CAF_TEST(plain texts) {
  CAF_CHECK_EQUAL(decoded(" 21.5\n"), "=21.5");
  CAF_CHECK_EQUAL(decoded("21,5"), "ignored text");
  CAF_CHECK_EQUAL(decoded("21.5 \xc2\xb0"
                          "C"),
                  "=21.5");
  CAF_CHECK_EQUAL(decoded("unavailable"), "=unknown");
  CAF_CHECK_EQUAL(decoded("nan"), "=unknown");
  CAF_CHECK_EQUAL(decoded("1e999"), "=range");
  auto numbers = catch_all + "format = \"number\"\n";
  CAF_CHECK_EQUAL(decoded("21,5", n0, "t", numbers), "dead number");
  CAF_CHECK_EQUAL(decoded("{\"a\":1}", n0, "t", numbers), "dead number");
  CAF_CHECK_EQUAL(decoded("21.5", n0, "t", numbers), "=21.5");
  CAF_CHECK_EQUAL(decoded("{\"a\":", n0), "dead json");
}

CAF_TEST(a t that is a temperature is no time) {
  CAF_CHECK_EQUAL(decoded(R"({"t":21.5,"h":40})"), "t=21.5 h=40");
  CAF_CHECK_EQUAL(decoded(R"({"t":"21.5","h":40})"), "t=21.5 h=40");
  CAF_CHECK_EQUAL(decoded(R"({"ts":0,"h":40})"), "ts=0 h=40");
}

#define CAF_SUITE payload_cases

#include "actors/decode/explain.hpp"
#include "actors/decode/formats/unit.hpp"
#include "tests/decode/decode_fixture.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

constexpr int64_t second = 1000000000;

/// What is made of payloads by one rule for all topics.
struct cases_fixture {
  /// "series=value ..." with "@seconds" behind a value whose time is not the
  /// arrival; without the topic's "t/" in front.
  std::string values(std::string_view payload) {
    auto y = explained(payload);
    if (y.result != message_result::decoded)
      return to_string(y.result) + (" " + y.reason);
    std::string result;
    for (auto& x : y.values) {
      auto series = x.series == "t" ? "" : x.series;
      if (series.rfind("t/", 0) == 0)
        series = series.substr(2);
      result += (result.empty() ? "" : " ") + series + "="
                + (x.refused == sample_refusal::none ? x.value
                                                     : to_string(x.refused));
      if (x.time != arrival)
        result += "@" + std::to_string((x.time - arrival) / second);
    }
    return result;
  }

  /// "path: reason" of each field that is passed over.
  std::string passed(std::string_view payload) {
    std::string result;
    for (auto& x : explained(payload).passed)
      result += (result.empty() ? "" : "; ") + x.path + ": " + x.reason;
    return result;
  }

  explanation explained(std::string_view payload) {
    return explain(config_of(catch_all + more), "t", payload, arrival);
  }

  /// Further lines of the rule.
  std::string more;
  int64_t arrival = n0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(payload_cases_tests, cases_fixture)

// -- unknown ------------------------------------------------------------------

CAF_TEST(null and NaN say that nothing is known) {
  CAF_CHECK_EQUAL(values(R"({"value": null})"), "value=unknown");
  CAF_CHECK_EQUAL(values(R"({"t":NaN})"), "t=unknown");
  CAF_CHECK_EQUAL(values(R"({"t": nan})"), "t=unknown");
  CAF_CHECK_EQUAL(values(R"({"a":-nan,"b":NAN,"c":1.5})"),
                  "a=unknown b=unknown c=1.5");
  CAF_CHECK_EQUAL(values(R"({"a":Infinity,"b":-inf,"c":-Infinity,"d":2})"),
                  "a=unknown b=unknown c=unknown d=2");
  CAF_CHECK_EQUAL(values(R"({"a":{"b":null,"c":[null,3]},"d":"NaN"})"),
                  "a/b=unknown a/c/0=unknown a/c/1=3 d=unknown");
  CAF_CHECK_EQUAL(values(R"({ "a" : nan , "b":1e999 })"), "a=unknown b=range");
  for (auto payload : {"null", "NaN", "nan", " NAN\n", "-nan", "\"nan\""})
    CAF_CHECK_EQUAL(values(payload), "=unknown");
  CAF_MESSAGE("a key without quotes stays broken, and so does what only looks "
              "like these");
  for (auto payload : {R"({nan:1})", R"({"a":nanx})", R"({"a":nul})"})
    CAF_CHECK_EQUAL(values(payload), "dead json");
  CAF_MESSAGE("an empty payload clears a retained message");
  CAF_CHECK_EQUAL(values(""), "ignored empty");
}

CAF_TEST(words say that nothing is known) {
  for (auto word : {"unavailable", "unknown", "none", "nan", "Unavailable",
                    "UNKNOWN", "None", "NULL"}) {
    CAF_CHECK_EQUAL(values(word), "=unknown");
    CAF_CHECK_EQUAL(values("{\"a\":\"" + std::string{word} + "\"}"),
                    "a=unknown");
  }
  more = R"(map = { x = "U", "--" = "U", err = "U", none = 0 })";
  CAF_CHECK_EQUAL(values("x"), "=unknown");
  CAF_CHECK_EQUAL(values(R"({"a":"--","b":"ERR","c":"none","d":"nan"})"),
                  "a=unknown b=unknown c=0 d=unknown");
}

// -- values as they are written -----------------------------------------------

CAF_TEST(a unit behind a number is left out) {
  CAF_CHECK_EQUAL(values("21.5 \u00b0C"), "=21.5");
  CAF_CHECK_EQUAL(values("45%"), "=45");
  CAF_CHECK_EQUAL(values("-76 dBm"), "=-76");
  CAF_CHECK_EQUAL(values("1013 hPa"), "=1013");
  CAF_CHECK_EQUAL(
    values(
      R"({"a":"230V","b":"12.5 kWh","c":"3 m/s","d":"15 \u00b5g/m\u00b3"})"),
    "a=230 b=12.5 c=3 d=15");
  CAF_CHECK_EQUAL(values("21.5\u00a0\u00b0C"), "=21.5");
  CAF_CHECK_EQUAL(values("21.5 \xb0"
                         "C"),
                  "=21.5");
  more = "format = \"number\"";
  CAF_CHECK_EQUAL(values("0.5 W/m2"), "=0.5");
  CAF_CHECK_EQUAL(values("21.5 apples"), "dead number");
}

CAF_TEST(what is no unit leaves a text a text) {
  for (auto text :
       {"12 apples", "0x2916",     "5ADF",         "3 of 5",     "12:30:00",
        "1 2",       "2023-11-14", "10.0.0.1",     "0T00:00:13", "1.2.3",
        "12abc",     "5-3",        "21.5 \u00b0X", "1 000",      "4 Kitchen",
        "v1.2",      "%",          "\u00b0C",      "+",          "-",
        "+-1",       "- 1"})
    CAF_CHECK_EQUAL(values(text), "ignored text");
}

CAF_TEST(units are read with prefix and power) {
  for (auto unit : {"%", "V", "mV", "kWh", "MWh", "\u00b5A", "\u03bcA",
                    "m\u00b2", "m^3", "l/min", "km/h", "kg/m3", "\u2103",
                    "k\u03a9", "KiB", "kbit/s", "W*h", "% RH", "1/m"})
    CAF_CHECK_EQUAL(std::string{unit} + (is_unit(unit) ? "" : "?"),
                    std::string{unit}
                      + (unit == std::string{"1/m"} ? "?" : ""));
  for (auto text :
       {"", "k", "x", "/", "m/", "/s", "m//s", "kk", "kapples", "3"})
    CAF_CHECK(!is_unit(text));
}

CAF_TEST(signs and blanks around a number are left out) {
  CAF_CHECK_EQUAL(values("+21.5"), "=21.5");
  CAF_CHECK_EQUAL(values("  21.5 \t\r\n"), "=21.5");
  CAF_CHECK_EQUAL(values(R"({"a":" +7 ","b":" -7.25","c":"+0.5 V"})"),
                  "a=7 b=-7.25 c=0.5");
}

CAF_TEST(a rule may say that a comma is in front of decimals) {
  CAF_CHECK_EQUAL(values("21,5"), "ignored text");
  more = "decimal = \",\"";
  CAF_CHECK_EQUAL(values("21,5"), "=21.5");
  CAF_CHECK_EQUAL(values("-0,25 \u00b0C"), "=-0.25");
  CAF_CHECK_EQUAL(values(R"({"a":"1,5","b":"3","c":2.5,"d":"1,50 kWh"})"),
                  "a=1.5 b=3 c=2.5 d=1.5");
  CAF_MESSAGE("a point that stands for decimals all the same");
  CAF_CHECK_EQUAL(values("21.5"), "=21.5");
  CAF_CHECK_EQUAL(values("1013"), "=1013");
  CAF_MESSAGE("what may have thousands");
  for (auto text : {"1.234,5", "1.234", "1,234,5", "1,234.5", "1.234.567"})
    CAF_CHECK_EQUAL(values(text), "ignored text");
  more = "decimal = \".\"";
  for (auto text : {"1,234.5", "1.234,5", "1,5", "1,234"})
    CAF_CHECK_EQUAL(values(text), "ignored text");
}

CAF_TEST(words count in any case and a door has both states) {
  for (auto word : {"on", "ON", "On", "open", "OPEN", "opened", "online",
                    "Online", "true", "TRUE", "yes", "Yes", "up", "UP"})
    CAF_CHECK_EQUAL(values(word), "=1");
  for (auto word : {"off", "OFF", "close", "closed", "Closed", "offline",
                    "Offline", "false", "False", "no", "NO", "down"})
    CAF_CHECK_EQUAL(values(word), "=0");
  CAF_CHECK_EQUAL(values(R"({"a":"Open","b":"close","c":true,"d":"down"})"),
                  "a=1 b=0 c=1 d=0");
  CAF_CHECK_EQUAL(values("ajar"), "ignored text");
}

CAF_TEST(the words of a rule add to the built - in ones) {
  more = R"(map = { ajar = 0.5, on = 7, High = 3 })";
  CAF_CHECK_EQUAL(values("ajar"), "=0.5");
  CAF_CHECK_EQUAL(values("AJAR"), "=0.5");
  CAF_CHECK_EQUAL(values("closed"), "=0");
  CAF_CHECK_EQUAL(values("on"), "=7");
  CAF_CHECK_EQUAL(values("high"), "=3");
  more = R"(map = { a = 1, A = 2 })";
  CAF_CHECK_EQUAL(values(R"({"x":"a","y":"A"})"), "x=1 y=2");
}

CAF_TEST(the words of a field count more than those of its rule) {
  more = R"(map = { low = 1, x = 5 }
fields = [ { path = "b", map = { low = 9, ok = "U" } },
           { path = "**/c", map = { on = 0, off = 1 } },
           { path = "d", drop = true, map = { low = 4 } } ])";
  CAF_CHECK_EQUAL(values(R"({"a":"low","b":"low","c":"on"})"), "a=1 b=9 c=0");
  CAF_CHECK_EQUAL(values(R"({"b":"x","c":"off","a":"on"})"), "b=5 c=1 a=1");
  CAF_CHECK_EQUAL(values(R"({"b":"ok","c":"Yes","e":{"c":"ON"}})"),
                  "b=unknown c=1 e/c=0");
  CAF_CHECK_EQUAL(values(R"({"a":"ok","d":"low"})"), "ignored no_value");
}

CAF_TEST(NUL and BOM around a payload are cut off) {
  using namespace std::literals;
  CAF_CHECK_EQUAL(values("21.5\0"sv), "=21.5");
  CAF_CHECK_EQUAL(values("\xef\xbb\xbf"
                         "21.5"),
                  "=21.5");
  CAF_CHECK_EQUAL(values("\xef\xbb\xbf"
                         " {\"a\":1}\n\0\0"sv),
                  "a=1");
  CAF_CHECK_EQUAL(values("{\"a\":1}\0"sv), "a=1");
  CAF_CHECK_EQUAL(values("ON\0"sv), "=1");
  CAF_CHECK_EQUAL(values("\0\0"sv), "ignored empty");
  CAF_CHECK_EQUAL(values("\xef\xbb\xbf"), "ignored empty");
  CAF_CHECK_EQUAL(values("2\0001"sv), "ignored text");
}

CAF_TEST(readings as rrdtool update takes them have their time) {
  CAF_CHECK_EQUAL(values("N:21.5"), "=21.5");
  CAF_CHECK_EQUAL(values("N:-3"), "=-3");
  CAF_CHECK_EQUAL(values("N:U"), "=unknown");
  CAF_CHECK_EQUAL(values("1700000000:7"), "=7");
  CAF_CHECK_EQUAL(values("1700000010:7"), "=7@10");
  CAF_CHECK_EQUAL(values("1699999990.5:1e3"), "=1000@-9");
  CAF_CHECK_EQUAL(values("1700001000:7"), "=future@1000");
  CAF_CHECK_EQUAL(values("1600000000:7"), "=past@-100000000");
  CAF_CHECK_EQUAL(values("9700105000.0:7"), "=future@7523372036");
  CAF_CHECK_EQUAL(values("0000000001.5:7"), "=past@-1699999998");
  auto y = explained("1700000000.5:21.5");
  CAF_REQUIRE_EQUAL(y.values.size(), 1u);
  CAF_CHECK_EQUAL(y.values[0].time, n0 + second / 2);
  CAF_CHECK_EQUAL(y.values[0].value, "21.5");
  more = "format = \"number\"";
  CAF_CHECK_EQUAL(values("N:21.5"), "=21.5");
  more.clear();
  for (auto text :
       {"12:30", "N:", "N:1:2", "n:1", ":1", "1700000000.:1", "170000000:1",
        "1700000000:x", "17000000000:1", "1700000000.1234567890:1", "-5:21"})
    CAF_CHECK_EQUAL(values(text), "ignored text");
}

CAF_TEST(an identifier in a text is no number) {
  for (auto id : {"96E45678", "114555120000000", "1e3", "12E4", "00000566",
                  "1145551200000000123", "011455512345", "123456789012345",
                  "0.12345678901234567890", "5e-1"})
    CAF_CHECK_EQUAL(values("{\"Id\":\"" + std::string{id} + "\",\"v\":1}"),
                    id == std::string{"00000566"} ? "Id=566 v=1" : "v=1");
  CAF_MESSAGE("numbers that are no text, and texts that can be nothing else");
  CAF_CHECK_EQUAL(values(R"({"v":1e3,"w":114555120000000})"),
                  "v=1000 w=114555120000000");
  CAF_CHECK_EQUAL(
    values(
      R"({"a":"5.888888888888889","b":"12345678901234","c":"045","d":".5"})"),
    "a=5.88888888888889 b=12345678901234 c=45 d=0.5");
}

// -- arrays -------------------------------------------------------------------

CAF_TEST(the numbers of an array are fields by their place) {
  CAF_CHECK_EQUAL(values(R"({"Power":[12.5,0,"7 W"],"a":1})"),
                  "Power/0=12.5 Power/1=0 Power/2=7 a=1");
  CAF_CHECK_EQUAL(values("[1,2.5,true]"), "0=1 1=2.5 2=1");
  CAF_CHECK_EQUAL(values(R"({"m":[[1,2],[3]]})"), "m/0/0=1 m/0/1=2 m/1/0=3");
  CAF_CHECK_EQUAL(values(R"({"a":[],"b":[[]],"c":[{}]})"), "ignored no_value");
  CAF_CHECK_EQUAL(values(R"({"s":["ON","x",null]})"), "s/0=1 s/2=unknown");
}

CAF_TEST(the objects of an array are records with their own times) {
  CAF_CHECK_EQUAL(
    values(
      R"([{"ts":1700000001,"v":1},{"ts":1700000002,"v":2},{"v":3,"ts":1700000003}])"),
    "v=1@1 v=2@2 v=3@3");
  CAF_MESSAGE("a record without a time has that of the message around it");
  CAF_CHECK_EQUAL(
    values(R"({"ts":1700000005,"x":[{"v":1},{"ts":1700000002,"v":2}],"y":3})"),
    "x/v=1@5 x/v=2@2 y=3@5");
  CAF_CHECK_EQUAL(values(R"({"x":[{"v":1,"w":{"k":2}}],"ts":1700000005})"),
                  "x/v=1@5 x/w/k=2@5");
  CAF_MESSAGE("records in records");
  CAF_CHECK_EQUAL(
    values(
      R"([{"ts":1700000007,"in":[{"a":1},{"a":2,"ts":1700000008}]},{"in":[{"a":3}]}])"),
    "in/a=1@7 in/a=2@8 in/a=3");
  CAF_MESSAGE("a key that stands twice in a record");
  CAF_CHECK_EQUAL(values(R"([{"v":1,"v":2},{"v":3}])"), "v=2 v=3");
  CAF_MESSAGE("a record's time that is out of bounds is its own affair");
  CAF_CHECK_EQUAL(values(R"([{"ts":1700009999,"v":1},{"v":2}])"),
                  "v=future@9999 v=2");
}

CAF_TEST(arrays of numbers and objects are both) {
  CAF_CHECK_EQUAL(values(R"({"x":[1,{"v":2},3,{"v":4}]})"),
                  "x/0=1 x/v=2 x/2=3 x/v=4");
  CAF_CHECK_EQUAL(values(R"([[{"a":1}],5])"), "0/a=1 1=5");
}

CAF_TEST(a rule may name the time of records) {
  more = "time = \"at\"";
  CAF_CHECK_EQUAL(
    values(
      R"({"at":1700000009,"x":[{"at":1700000001,"v":1},{"v":2},{"at":"soon","v":3}]})"),
    "x/v=1@1 x/v=2@9 x/v=time");
  more = "time = \"x/at\"";
  CAF_CHECK_EQUAL(values(R"({"x":[{"at":1700000001,"v":1},{"v":2}]})"),
                  "x/v=1@1 x/v=2");
}

CAF_TEST(arrays are bounded by their depth) {
  CAF_CHECK_EQUAL(values(std::string(17, '[') + "1" + std::string(17, ']')),
                  "dead depth");
  std::string deep;
  for (auto i = 0; i < 20; ++i)
    deep += "[{\"a\":";
  CAF_CHECK_EQUAL(values(deep + "1"), "dead json");
}

// -- names of other fields ----------------------------------------------------

CAF_TEST(a series may be named by another field) {
  more = "series = \"{topic}/{field:model}/{field:id}/{path}\"\nonly = true\n"
         "fields = [{path = \"temperature_C\"}, {path = \"**/v\"}]";
  CAF_CHECK_EQUAL(values(R"({"model":"A","id":17,"temperature_C":21.5})"),
                  "A/17/temperature_C=21.5");
  CAF_CHECK_EQUAL(values(R"({"temperature_C":1,"id":true,"model":"B c"})"),
                  "B c/true/temperature_C=1");
  CAF_CHECK_EQUAL(values(R"({"model":"A","id":1.5,"temperature_C":"2 C"})"),
                  "A/1.5/temperature_C=2");
  CAF_MESSAGE("without the field it is refused");
  CAF_CHECK_EQUAL(values(R"({"model":"A","temperature_C":21.5})"), "=field");
  CAF_CHECK_EQUAL(values(R"({"model":"A","id":null,"temperature_C":21.5})"),
                  "=field");
  CAF_CHECK_EQUAL(values("21.5"), "ignored no_value");
  CAF_MESSAGE("records have their own, or those around them");
  CAF_CHECK_EQUAL(
    values(
      R"({"model":"M","x":[{"id":1,"v":5},{"id":2,"v":6},{"v":7},{"model":"N","id":3,"v":8}]})"),
    "M/1/x/v=5 M/2/x/v=6 =field N/3/x/v=8");
}

CAF_TEST(fields in objects can name a series) {
  more = "series = \"{field:DS18B20-1/Id}\"\nonly = true\n"
         "fields = [{path = \"*/Temperature\"}]";
  CAF_CHECK_EQUAL(
    values(R"({"DS18B20-1":{"Id":"00000566CC39","Temperature":13.3}})"),
    "00000566CC39=13.3");
  more = "series = \"{field:a}{field:b}\"\nonly = true\n"
         "fields = [{path = \"v\"}]";
  CAF_MESSAGE("a value may look like what keeps them apart");
  for (auto x : {"}", "{", "\\\\", "}{", "a}b", "\\\\}"})
    CAF_CHECK_EQUAL(
      values("{\"a\":\"" + std::string{x} + "\",\"b\":2,\"v\":1}"),
      std::string{x[0] == '\\' ? x + 1 : x} + "2=1");
}

CAF_TEST(a series belongs to the fields that name it) {
  more = "series = \"{field:a}{field:b}\"\nonly = true\n"
         "fields = [{path = \"**/v\"}]";
  CAF_CHECK_EQUAL(
    values(
      R"([{"a":"1","b":"23","v":1},{"a":"12","b":"3","v":2},{"a":"1","b":"23","v":3}])"),
    "123=1 123=collision 123=3");
}

// -- times --------------------------------------------------------------------

CAF_TEST(a time that is named and cannot be read is no time) {
  more = "time = \"when\"";
  for (auto when :
       {R"("soon")", "true", "null", R"("2023-11-14T22:13:20")", R"("")"})
    CAF_CHECK_EQUAL(values("{\"when\":" + std::string{when} + ",\"v\":1}"),
                    "v=time");
  CAF_CHECK_EQUAL(values(R"({"when":1700000003,"v":1})"), "v=1@3");
  CAF_MESSAGE("a message without the field has its arrival");
  CAF_CHECK_EQUAL(values(R"({"v":1})"), "v=1");
  more += "\nout_of_bounds = \"arrival\"";
  CAF_CHECK_EQUAL(values(R"({"when":"soon","v":1})"), "v=1");
  CAF_CHECK_EQUAL(values(R"({"when":12,"v":1})"), "v=1");
}

CAF_TEST(a clock that is wrong is refused or replaced as the rule says) {
  auto ahead = R"({"ts":1700003600,"v":1})";
  auto behind = R"({"time":"2019-01-01T00:00:00Z","v":1})";
  CAF_CHECK_EQUAL(values(ahead), "v=future@3600");
  CAF_CHECK_EQUAL(values(behind), "v=past@-153699200");
  CAF_CHECK_EQUAL(values(R"({"ts":"1970-01-01T00:01:00Z","v":1})"),
                  "v=past@-1699999940");
  more = "out_of_bounds = \"arrival\"";
  CAF_CHECK_EQUAL(values(ahead), "v=1");
  CAF_CHECK_EQUAL(values(behind), "v=1");
  CAF_CHECK_EQUAL(values("1600000000:7"), "=7");
  CAF_CHECK_EQUAL(
    values(R"([{"ts":1700003600,"v":1},{"ts":1700000001,"v":2}])"),
    "v=1 v=2@1");
}

CAF_TEST(an uptime is no time) {
  CAF_CHECK_EQUAL(values(R"({"timestamp":12345,"v":1})"),
                  "timestamp=12345 v=1");
  CAF_CHECK_EQUAL(values(R"({"timestamp":86400123,"v":1})"),
                  "timestamp=86400123 v=1");
  CAF_CHECK_EQUAL(values(R"({"ts":0,"v":1})"), "ts=0 v=1");
  CAF_CHECK_EQUAL(values(R"({"ts":"3600","v":1})"), "ts=3600 v=1");
  CAF_CHECK_EQUAL(values(R"({"timestamp":2463457000,"v":1})"),
                  "timestamp=2463457000 v=1");
  CAF_MESSAGE("the next field that can be one counts");
  CAF_CHECK_EQUAL(values(R"({"timestamp":77,"time":1700000004,"v":1})"),
                  "timestamp=77@4 v=1@4");
  CAF_MESSAGE("nine years ago it may have been");
  CAF_CHECK_EQUAL(values(R"({"ts":1420000000,"v":1})"), "v=past@-280000000");
}

CAF_TEST(of the hour that comes twice the nearer time counts) {
  more = "timezone = \"Europe/Paris\"";
  auto payload = R"({"time":"2019-10-27 02:30:00","v":1})";
  // 00:30 UTC in summer time, 01:30 UTC in winter time.
  constexpr int64_t summer = 1572136200;
  arrival = (summer + 1) * second;
  CAF_CHECK_EQUAL(values(payload), "v=1@-1");
  arrival = (summer + 1799) * second;
  CAF_CHECK_EQUAL(values(payload), "v=1@-1799");
  arrival = (summer + 3601) * second;
  CAF_CHECK_EQUAL(values(payload), "v=1@-1");
  arrival = (summer + 86400) * second;
  CAF_CHECK_EQUAL(values(payload), "v=1@-82800");
  more = "timezone = \"America/New_York\"";
  arrival = 1572760800 * second; // 2019-11-03 06:00 UTC, 01:00 EST
  CAF_CHECK_EQUAL(values(R"({"time":"2019-11-03T01:00:00","v":1})"), "v=1");
}

CAF_TEST(times are read in many forms) {
  arrival = 1768385700 * second; // 2026-01-14 10:15:00 UTC
  for (auto time : {"20260114T101500Z", "2026-01-14 10:15:00 UTC",
                    "2026-01-14 12:15:00 +0200", "2026-01-14 12:15:00 +02:00",
                    "2026-01-14T11:15:00+01:00[Europe/Paris]",
                    "2026-01-14T11:15:00[Europe/Paris]", "20260114T111500+0100",
                    "20260114 101500 UTC", "20260114T1015Z",
                    "2026-01-14T10:15:00 Z", "2026-01-14 10:15:00 GMT",
                    "2026-01-14T05:15:00 -05", "2026-01-14T10:15:00.000Z",
                    "20260114T101500.0Z", "1768385700", "1768385700000"})
    CAF_CHECK_EQUAL(
      time
        + (": " + values("{\"time\":\"" + std::string{time} + "\",\"v\":1}")),
      time + std::string{": v=1"});
  more = "time = \"time\"";
  for (auto time :
       {"20260114", "20260114T", "2026-0114T101500Z", "20260114T10:15:00Z",
        "2026-01-14 10:15:00 XYZ", "2026-01-14T10:15:00[Nowhere/Else]",
        "2026-01-14T10:15:00[Europe/Paris", "2026-01-14T10:15:00Z[",
        "[Europe/Paris]"})
    CAF_CHECK_EQUAL(
      values("{\"time\":\"" + std::string{time} + "\",\"v\":1}").substr(0, 6),
      time == std::string{"20260114"} ? "v=past" : "v=time");
}

// -- what explain says --------------------------------------------------------

CAF_TEST(explain lists each field that it passes over) {
  more = "fields = [{path = \"d\", drop = true}]";
  CAF_CHECK_EQUAL(
    passed(R"({"ts":1700000000,"a":1,"b":"text","c":{"x":"5ADF"},"d":4})"),
    "ts: the time; b: a text without a number; c/x: a text without a number; "
    "d: drop");
  CAF_CHECK_EQUAL(passed("hello"), ": a text without a number");
  CAF_CHECK_EQUAL(passed("1"), "");
  more = "only = true\nfields = [{path = \"a\"}]";
  CAF_CHECK_EQUAL(passed(R"({"a":1,"b":2})"), "b: no entry or source");
  CAF_CHECK_EQUAL(values(R"({"b":2})"), "ignored no_value");
  CAF_CHECK_EQUAL(passed(R"({"b":2})"), "b: no entry or source");
}

CAF_TEST(explain refuses what the service would) {
  CAF_MESSAGE("the same name twice: only the first is stored");
  more = "series = \"{topic}\"";
  CAF_CHECK_EQUAL(values(R"({"a":1,"b":2,"c":3})"), "=1 =collision =collision");
  CAF_MESSAGE("one path that stands twice is one field: the last counts");
  CAF_CHECK_EQUAL(values(R"({"a":{"b":1},"a/b":2})"), "=2");
  more = "series = \"{topic}\"\nshared = true";
  CAF_CHECK_EQUAL(values(R"({"a":1,"b":2})"), "=1 =2");
  more = "max_series = 2";
  CAF_CHECK_EQUAL(values(R"({"a":1,"b":2,"c":3})"), "a=1 b=2 c=limit");
  more = "series = \"{topic}\"";
  CAF_MESSAGE("what makes no series owns none");
  CAF_CHECK_EQUAL(values(R"({"a":null,"b":2})"), "=unknown =2");
  CAF_CHECK_EQUAL(values(R"({"a":1e999,"b":2})"), "=range =2");
}

CAF_TEST(explain says how devices on one topic are parted) {
  CAF_CHECK_EQUAL(explained(R"({"model":"A","id":17,"t":1})").remark,
                  "if several devices send on this topic, series = "
                  "\"{topic}/{field:model}/{field:id}/{path}\" parts them");
  CAF_CHECK_EQUAL(explained(R"({"a":17,"t":1})").remark, "");
  more = "series = \"{topic}/{field:id}/{path}\"";
  CAF_CHECK_EQUAL(explained(R"({"id":17,"t":1})").remark, "");
}

CAF_TEST(explain names a counter with decimals) {
  more = "type = \"COUNTER\"";
  CAF_CHECK(!explained("6.294").values.at(0).remark.empty());
  for (auto payload : {"6", "6.0", "1e3"}) {
    auto explanation = explained(payload);
    CAF_CHECK_EQUAL(explanation.values.at(0).remark, "");
  }
  auto negative = explained("-1.5e1");
  CAF_CHECK_EQUAL(negative.values.at(0).remark,
                  "the value does not fit the type COUNTER, which takes whole "
                  "numbers from 0");
  more = "type = \"DERIVE\"\nfields=[{path=\"kWh\", scale=1000}]";
  CAF_CHECK_EQUAL(explained(R"({"kWh":6.294})").values.at(0).remark, "");
  CAF_CHECK(!explained(R"({"kWh":6.2945})").values.at(0).remark.empty());
}

CAF_TEST_FIXTURE_SCOPE_END()

#define CAF_SUITE decoder_remarks

#include "actors/decode/decoder_engine.hpp"
#include "tests/decode/decode_fixture.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

constexpr int64_t second = 1000000000;

struct remarks_fixture : decoder_fixture {
  void publish(const std::string& payload, const std::string& topic = "t") {
    feed->message(n0 + ++messages * second, topic, payload);
  }

  /// The text of the next line of a kind, "" if there is none.
  std::string line(remark_kind kind, uint64_t expected = 1) {
    uint64_t count = 0;
    auto x = uut->remarks().take(kind, count);
    if (!x)
      return "";
    CAF_CHECK_EQUAL(count, expected);
    return x->topic + ": " + x->text;
  }

  std::vector<std::string> puts() const {
    std::vector<std::string> result;
    for (auto& x : out.streams[0])
      if (x.rfind("put", 0) == 0)
        result.push_back(x);
    return result;
  }

  int64_t messages = 0;
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(decoder_remarks_tests, remarks_fixture)

// -- unknown ------------------------------------------------------------------

CAF_TEST(a topic that only says null makes no series) {
  begin(catch_all);
  for (auto payload : {"null", "unavailable", "NaN"})
    publish(payload);
  publish(R"({"a":null,"b":"none"})", "u");
  run();
  CAF_CHECK(out.known.empty());
  CAF_CHECK(out.samples.empty());
  CAF_CHECK_EQUAL(out.requests, 1u);
  CAF_CHECK_EQUAL(metric_of("messages_ignored_total", "no_value"), 4);
  CAF_MESSAGE("a number makes one, and then null counts");
  publish("21.5");
  publish("null");
  publish(R"({"a":1})", "u");
  publish(R"({"a":null,"b":null})", "u");
  run();
  CAF_CHECK_EQUAL(out.known.size(), 2u);
  CAF_CHECK_EQUAL(puts(),
                  (std::vector<std::string>{
                    "put 0.0 r0 5000000000 21.5", "put 0.0 r0 6000000000 U",
                    "put 1.0 r0 7000000000 1", "put 1.0 r0 8000000000 U"}));
}

CAF_TEST(null counts for a series of an earlier run) {
  begin(catch_all);
  out.known["t"] = 0;
  publish("null");
  publish("null", "u");
  run();
  CAF_CHECK_EQUAL(puts(), std::vector<std::string>{"put 0.0 r0 1000000000 U"});
}

CAF_TEST(a number and null in one question are both right) {
  begin(catch_all);
  publish(R"([{"v":null},{"v":1},{"v":null}])");
  publish(R"({"w":2})", "u");
  publish(R"({"w":null})", "u");
  run();
  CAF_CHECK_EQUAL(out.known.size(), 2u);
  CAF_CHECK_EQUAL(puts(),
                  (std::vector<std::string>{
                    "put 1.0 r0 1000000000 U", "put 1.0 r0 1000000000 1",
                    "put 1.0 r0 1000000000 U", "put 0.0 r0 2000000000 2",
                    "put 0.0 r0 3000000000 U"}));
}

// -- times and names ----------------------------------------------------------

CAF_TEST(times out of bounds are told with the remedy) {
  begin(catch_all);
  publish(R"({"ts":1800000000,"v":1})");
  publish(R"({"ts":1800000000,"v":1,"w":2})", "u");
  publish(R"({"ts":"2019-01-01T00:00:00Z","v":1})");
  run();
  auto text = line(remark_kind::future, 3);
  CAF_CHECK(has(text, "t: "));
  CAF_CHECK(has(text, "2027-01-15T08:00:00Z, beyond limits.future"));
  CAF_CHECK(has(text, "out_of_bounds = \"arrival\" in rule all"));
  CAF_CHECK(has(line(remark_kind::past), "2019-01-01T00:00:00Z"));
  CAF_CHECK_EQUAL(line(remark_kind::future), "");
  CAF_CHECK_EQUAL(metric_of("samples_refused_total", "all", "future"), 3);
}

CAF_TEST(a time that cannot be read is told with the remedy) {
  begin(catch_all + "time = \"when\"\n");
  publish(R"({"when":"soon","v":1})", "a/b");
  publish(R"({"when":1700000001,"v":1})");
  run();
  auto text = line(remark_kind::time);
  CAF_CHECK(has(text, "a/b: the field \"when\""));
  CAF_CHECK(has(text, "out_of_bounds"));
  CAF_CHECK_EQUAL(metric_of("samples_refused_total", "all", "time"), 1);
  CAF_CHECK_EQUAL(out.samples.size(), 1u);
}

CAF_TEST(series are made by named fields) {
  begin(catch_all
        + "series = \"{topic}/{field:id}/{path}\"\nonly = true\n"
          "fields = [{path=\"v\"}]");
  for (auto i = 0; i < 3; ++i)
    for (auto id : {"1", "\"two\"", "3"})
      publish("{\"id\":" + std::string{id} + ",\"v\":" + std::to_string(i)
              + "}");
  publish(R"({"v":1})");
  run();
  CAF_CHECK_EQUAL(out.known.size(), 3u);
  CAF_CHECK_EQUAL(out.known.count("t/two/v"), 1u);
  CAF_CHECK_EQUAL(out.samples.size(), 9u);
  CAF_CHECK_EQUAL(metric_of("samples_refused_total", "all", "field"), 1);
  CAF_CHECK(has(line(remark_kind::field), "{topic}/{field:id}/{path}"));
  CAF_MESSAGE("the origin is topic, fields and path");
  CAF_CHECK_EQUAL(line(remark_kind::identity), "");
}

CAF_TEST(ids without end do not fill the table) {
  begin("[limits]\nseries = 10\n" + catch_all
        + "series = \"no/{field:id}/{path}\"\n");
  for (auto i = 0; i < 100000; ++i) {
    publish("{\"id\":\"x" + std::to_string(i) + "\",\"v\":1}");
    if (i % 1000 == 999)
      run();
  }
  CAF_CHECK_EQUAL(metric_of("samples_refused_total", "all", "limit"), 100000);
}

// -- identities ---------------------------------------------------------------

CAF_TEST(devices that take turns in one series are named) {
  begin(catch_all);
  auto say = [&](const std::string& id, const std::string& topic) {
    publish("{\"model\":\"A\",\"id\":" + id + ",\"t\":1}", topic);
  };
  for (auto id : {"17", "18", "17", "18", "17"})
    say(id, "rtl");
  run();
  CAF_CHECK_EQUAL(line(remark_kind::identity),
                  "rtl: one series gets the values of several devices: model, "
                  "id change beside them; in rule all series = "
                  "\"{topic}/{field:model}/{field:id}/{path}\" parts them");
  CAF_CHECK_EQUAL(metric_of("changing_identities_total"), 1);
  CAF_REQUIRE_EQUAL(uut->remarks().kept().size(), 1u);
  CAF_CHECK_EQUAL(uut->remarks().kept().front().topic, "rtl");
  CAF_MESSAGE("a device that was replaced, one that stays, one that counts");
  for (auto id : {"1", "1", "2", "2", "2"})
    say(id, "replaced");
  for (auto i = 0; i < 5; ++i)
    say("7", "same");
  for (auto i = 0; i < 50; ++i)
    say(std::to_string(i), "counts");
  run();
  CAF_CHECK_EQUAL(line(remark_kind::identity), "");
}

CAF_TEST(devices in objects and records are named) {
  begin(catch_all);
  for (auto i = 0; i < 2; ++i)
    publish(R"({"x":[{"name":"a","v":1},{"name":"b","v":2}]})", "list");
  for (auto id : {"a", "b", "a"})
    publish("{\"sensor\":{\"mac\":\"" + std::string{id} + "\",\"v\":1}}",
            "inner");
  run();
  CAF_CHECK_EQUAL(uut->remarks().kept().size(), 2u);
  CAF_CHECK(has(uut->remarks().kept().front().text, "{field:name}/{path}"));
  CAF_CHECK(
    has(uut->remarks().kept().back().text, "{field:sensor/mac}/{path}"));
}

CAF_TEST(devices that a template parts are not named) {
  begin(catch_all + "series = \"{topic}/{field:id}/{path}\"\n");
  for (auto id : {"1", "2", "1", "2"})
    publish("{\"id\":" + std::string{id} + ",\"v\":1}");
  run();
  CAF_CHECK(uut->remarks().kept().empty());
  CAF_MESSAGE("but what changes within these is");
  for (auto channel : {"1", "2", "1"})
    publish("{\"id\":1,\"channel\":" + std::string{channel} + ",\"v\":1}");
  run();
  CAF_REQUIRE_EQUAL(uut->remarks().kept().size(), 1u);
}

CAF_TEST(identities of shared series are left alone) {
  begin(catch_all + "shared = true\n");
  for (auto id : {"1", "2", "1", "2"})
    publish("{\"id\":" + std::string{id} + ",\"v\":1}");
  run();
  CAF_CHECK(uut->remarks().kept().empty());
}

// -- decimals -----------------------------------------------------------------

CAF_TEST(a counter that gets decimals is named once) {
  begin(catch_all + "type = \"COUNTER\"\n");
  for (auto value : {"6.294", "6.295", "7"})
    publish(value, "meter");
  publish(R"({"a":1.5,"b":2,"c":3.0})");
  run();
  auto text = line(remark_kind::decimals, 2);
  CAF_CHECK(has(text, "meter: series meter is a COUNTER"));
  CAF_CHECK(has(text, "scale = 1000"));
  CAF_CHECK(has(text, "\"DCOUNTER\""));
  CAF_CHECK_EQUAL(metric_of("integer_series_with_decimals_total"), 2);
  CAF_CHECK_EQUAL(uut->remarks().kept().size(), 2u);
}

CAF_TEST(scaled meters and gauges have no decimals to lose) {
  begin(catch_all + R"(fields = [
  { path = "kWh", type = "COUNTER", scale = 1000, max = 1e5 },
  { path = "d", type = "DDERIVE" } ])");
  for (auto value : {"6.294", "6.295", "1.1", "12345.678", "0.001"})
    publish("{\"kWh\":" + std::string{value} + ",\"d\":0.5,\"e\":0.5}");
  run();
  CAF_CHECK_EQUAL(line(remark_kind::decimals), "");
}

CAF_TEST(what is kept is bounded) {
  begin(catch_all + "type = \"DERIVE\"\n");
  for (auto i = 0; i < 1000; ++i)
    publish("0.5", "t/" + std::to_string(i));
  run();
  CAF_CHECK_EQUAL(uut->remarks().kept().size(), remark_list::max_kept);
  CAF_CHECK_EQUAL(uut->remarks().kept().back().topic, "t/999");
  CAF_CHECK_EQUAL(metric_of("integer_series_with_decimals_total"), 1000);
}

CAF_TEST_FIXTURE_SCOPE_END()

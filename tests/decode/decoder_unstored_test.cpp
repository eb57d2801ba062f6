#define CAF_SUITE decoder_unstored

#include "actors/decode/decoder_engine.hpp"
#include "tests/decode/decode_fixture.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

constexpr int64_t second = 1000000000;

struct unstored_fixture : decoder_fixture {
  void publish(const std::string& payload, const std::string& topic = "t") {
    feed->message(n0 + ++messages * second, topic, payload);
  }

  /// The next line of a reason, "" if there is none.
  std::string line(unstored_reason why, uint64_t expected = 1) {
    auto x = uut->unstored().take_line(why);
    if (x.count == 0)
      return "";
    CAF_CHECK_EQUAL(x.count, expected);
    return x.first.topic + ": " + x.first.text;
  }

  /// What is kept for a reason, the newest first.
  std::vector<unstored>
  kept(const std::string& reason, const std::vector<std::string>& topics = {}) {
    std::vector<unstored> result;
    for (auto& x : uut->unstored().list(topics, 1000))
      if (x.reason == reason)
        result.push_back(x);
    return result;
  }

  /// The newest one of a reason.
  unstored last(const std::string& reason) {
    auto found = kept(reason);
    return found.empty() ? unstored{} : found.front();
  }

  /// What came of a request to replay: "messages decoded".
  std::string replay() {
    feed->append(record_kind::replay, n0 + ++messages * second, {}, {});
    run();
    auto& x = out.outcomes[feed->requests];
    return std::to_string(x.messages) + ' ' + std::to_string(x.decoded);
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

CAF_TEST_FIXTURE_SCOPE(decoder_unstored_tests, unstored_fixture)

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
  auto text = line(sample_refusal::future, 3);
  CAF_CHECK(has(text, "t: "));
  CAF_CHECK(has(text, "2027-01-15T08:00:00Z, beyond limits.future"));
  CAF_CHECK(has(text, "out_of_bounds = \"arrival\" in rule all"));
  CAF_CHECK(has(line(sample_refusal::past), "2019-01-01T00:00:00Z"));
  CAF_CHECK_EQUAL(line(sample_refusal::future), "");
  CAF_CHECK_EQUAL(metric_of("samples_refused_total", "all", "future"), 3);
}

CAF_TEST(a time that cannot be read is told with the remedy) {
  begin(catch_all + "time = \"when\"\n");
  publish(R"({"when":"soon","v":1})", "a/b");
  publish(R"({"when":1700000001,"v":1})");
  run();
  auto text = line(sample_refusal::time);
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
  CAF_CHECK(has(line(sample_refusal::field), "{topic}/{field:id}/{path}"));
  CAF_MESSAGE("the origin is topic, fields and path");
  CAF_CHECK_EQUAL(line(decode_warning::identity), "");
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
  CAF_CHECK_EQUAL(line(decode_warning::identity),
                  "rtl: one series gets the values of several devices: model, "
                  "id change beside them; in rule all series = "
                  "\"{topic}/{field:model}/{field:id}/{path}\" parts them");
  CAF_CHECK_EQUAL(metric_of("changing_identities_total"), 1);
  auto found = kept("identity");
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  CAF_CHECK_EQUAL(found[0].topic, "rtl");
  CAF_CHECK_EQUAL(found[0].kind, "warning");
  CAF_MESSAGE("a device that was replaced, one that stays, one that counts");
  for (auto id : {"1", "1", "2", "2", "2"})
    say(id, "replaced");
  for (auto i = 0; i < 5; ++i)
    say("7", "same");
  for (auto i = 0; i < 50; ++i)
    say(std::to_string(i), "counts");
  run();
  CAF_CHECK_EQUAL(line(decode_warning::identity), "");
}

CAF_TEST(devices in objects and records are named) {
  begin(catch_all);
  for (auto i = 0; i < 2; ++i)
    publish(R"({"x":[{"name":"a","v":1},{"name":"b","v":2}]})", "list");
  for (auto id : {"a", "b", "a"})
    publish("{\"sensor\":{\"mac\":\"" + std::string{id} + "\",\"v\":1}}",
            "inner");
  run();
  auto found = kept("identity");
  CAF_REQUIRE_EQUAL(found.size(), 2u);
  CAF_CHECK(has(found[1].text, "{field:name}/{path}"));
  CAF_CHECK(has(found[0].text, "{field:sensor/mac}/{path}"));
}

CAF_TEST(devices that a template parts are not named) {
  begin(catch_all + "series = \"{topic}/{field:id}/{path}\"\n");
  for (auto id : {"1", "2", "1", "2"})
    publish("{\"id\":" + std::string{id} + ",\"v\":1}");
  run();
  CAF_CHECK(kept("identity").empty());
  CAF_MESSAGE("but what changes within these is");
  for (auto channel : {"1", "2", "1"})
    publish("{\"id\":1,\"channel\":" + std::string{channel} + ",\"v\":1}");
  run();
  CAF_REQUIRE_EQUAL(kept("identity").size(), 1u);
}

CAF_TEST(identities of shared series are left alone) {
  begin(catch_all + "shared = true\n");
  for (auto id : {"1", "2", "1", "2"})
    publish("{\"id\":" + std::string{id} + ",\"v\":1}");
  run();
  CAF_CHECK(kept("identity").empty());
}

// -- decimals -----------------------------------------------------------------

CAF_TEST(a counter that gets decimals is named once) {
  begin(catch_all + "type = \"COUNTER\"\n");
  for (auto value : {"6.294", "6.295", "7"})
    publish(value, "meter");
  publish(R"({"a":1.5,"b":2,"c":3.0})");
  run();
  auto text = line(decode_warning::decimals, 2);
  CAF_CHECK(has(text, "meter: series meter: a COUNTER takes whole"));
  CAF_CHECK(has(text, "scale = 1000"));
  CAF_CHECK(has(text, "\"DCOUNTER\""));
  CAF_CHECK_EQUAL(metric_of("integer_series_with_decimals_total"), 2);
  CAF_CHECK_EQUAL(kept("decimals").size(), 2u);
  CAF_CHECK_EQUAL(kept("decimals", {"meter"}).size(), 1u);
}

CAF_TEST(scaled meters and gauges have no decimals to lose) {
  begin(catch_all + R"(fields = [
  { path = "kWh", type = "COUNTER", scale = 1000, max = 1e5 },
  { path = "d", type = "DDERIVE" } ])");
  for (auto value : {"6.294", "6.295", "1.1", "12345.678", "0.001"})
    publish("{\"kWh\":" + std::string{value} + ",\"d\":0.5,\"e\":0.5}");
  run();
  CAF_CHECK_EQUAL(line(decode_warning::decimals), "");
}

// -- what is kept -------------------------------------------------------------

CAF_TEST(of each topic and reason the last message is kept) {
  begin("[limits]\npayload = \"2KiB\"\n" + catch_all
        + "exclude = [\"not/#\"]\n");
  publish("{bad", "a");
  publish("{worse", "a");
  publish("{bad", "b");
  publish("hello", "a");
  publish("5", "not/a");
  publish(R"({"x":"y"})", "c");
  publish(std::string(3000, '1'), "d");
  run();
  auto json = kept("json");
  CAF_REQUIRE_EQUAL(json.size(), 2u);
  CAF_CHECK_EQUAL(json[1].topic, "a");
  CAF_CHECK_EQUAL(json[1].kind, "dead");
  CAF_CHECK_EQUAL(json[1].count, 2u);
  CAF_CHECK_EQUAL(json[1].payload, "{worse");
  CAF_CHECK_EQUAL(json[1].time, n0 + 2 * second);
  auto last_text = last("text");
  CAF_CHECK_EQUAL(last_text.payload, "hello");
  CAF_CHECK(has(last_text.text, "map"));
  auto last_no_rule = last("no_rule");
  CAF_CHECK_EQUAL(last_no_rule.topic, "not/a");
  auto last_no_value = last("no_value");
  CAF_CHECK_EQUAL(last_no_value.payload, R"({"x":"y"})");
  auto last_too_large = last("too_large");
  CAF_CHECK_EQUAL(last_too_large.payload.size(), 256u);
  CAF_MESSAGE("by topic");
  CAF_CHECK_EQUAL(uut->unstored().list({"a"}, 0).size(), 2u);
  CAF_CHECK_EQUAL(uut->unstored().list({"a", "b"}, 0).size(), 3u);
  CAF_CHECK_EQUAL(uut->unstored().list({"e"}, 0).size(), 0u);
  CAF_MESSAGE("the log has a line for each reason");
  CAF_CHECK(has(line(dead_reason::json, 3), "a: the payload is no"));
  CAF_CHECK(has(line(ignore_reason::no_rule), "not/a: no rule takes"));
  CAF_CHECK_EQUAL(line(ignore_reason::no_rule), "");
}

CAF_TEST(fields that are passed over are kept with the reason) {
  begin(catch_all + "fields = [{ path = \"lq\", drop = true }]\n");
  auto passed = [&](const std::string& topic) {
    std::string result;
    for (auto& x : uut->unstored().list({topic}, 0))
      result += x.path + '=' + x.payload + ' ' + x.text + ';';
    return result;
  };
  publish(R"({"v":1,"lq":70,"mode":"eco","ts":1700000001})", "a");
  run();
  CAF_CHECK_EQUAL(passed("a"), "mode=eco a text without a number;lq=70 drop;");
  publish(R"({"mode":"eco"})", "b");
  run();
  CAF_CHECK(has(passed("b"), "mode=eco a text without a number;"));
  CAF_MESSAGE("what comes later is seen now and then");
  for (auto i = 0; i < 2000; ++i)
    publish(R"({"v":1,"new":"word"})", "a");
  run();
  CAF_CHECK(has(passed("a"), "new=word a text without a number;"));
}

CAF_TEST(readings that are refused are kept by field) {
  begin(catch_all + R"(fields = [{ path = "n/**", type = "COUNTER" }]
series = "no/{topic}/{path}"
[[rrd]]
name = "r"
step = "10s"
sources = [{ topic = "t", path = "c", type = "COUNTER", label = "c" }]
)");
  publish(R"({"c":-1})");
  publish(R"({"c":-2})");
  publish(R"({"a":1,"b":2})", "u");
  run();
  auto range = kept("range");
  CAF_REQUIRE_EQUAL(range.size(), 1u);
  CAF_CHECK_EQUAL(range[0].path, "c");
  CAF_CHECK_EQUAL(range[0].series, "r/c");
  CAF_CHECK_EQUAL(range[0].count, 2u);
  CAF_CHECK(has(range[0].text, "COUNTER"));
  auto limit = kept("limit", {"u"});
  CAF_REQUIRE_EQUAL(limit.size(), 2u);
  CAF_CHECK_EQUAL(limit[1].series, "no/u/a");
  CAF_CHECK_EQUAL(limit[0].payload, R"({"a":1,"b":2})");
}

CAF_TEST(what is kept is bounded) {
  constexpr size_t topics = 3000;
  begin(catch_all + "type = \"DERIVE\"\n");
  for (size_t i = 0; i < topics; ++i) {
    publish("0.5", "t/" + std::to_string(i));
    publish("{" + std::string(4000, 'x'), "d/" + std::to_string(i));
    publish("word" + std::string(3900, 'x'), "w/" + std::to_string(i));
    publish("{" + std::string(9000, 'x'), "l/" + std::to_string(i));
  }
  run();
  CAF_CHECK_EQUAL(kept("decimals").size(), unstored_messages::max_topics);
  auto last_decimals = last("decimals");
  CAF_CHECK_EQUAL(last_decimals.topic, "t/2999");
  CAF_CHECK_EQUAL(metric_of("integer_series_with_decimals_total"), 3000);
  std::map<std::string, size_t> bytes;
  for (auto& x : uut->unstored().all())
    if (x.why.kind() != unstored_kind::passed)
      bytes[x.why.name()] += x.payload.size();
  for (auto reason : {"json", "text"}) {
    CAF_CHECK(bytes[reason] <= unstored_messages::max_bytes);
    CAF_CHECK(bytes[reason] > unstored_messages::max_bytes / 2);
  }
  auto last_json = last("json");
  CAF_CHECK_EQUAL(last_json.topic, "l/2999");
}

CAF_TEST(a snapshot keeps it) {
  begin(catch_all);
  publish("{bad", "a\xff");
  publish("{worse", "a\xff");
  publish(R"({"ts":1800000000,"v":1})", "b");
  run();
  auto cut = uut->cut();
  start.at = cut.at;
  start.memory = cut.memory;
  begin();
  auto dead = kept("bad_topic");
  CAF_REQUIRE_EQUAL(dead.size(), 1u);
  CAF_CHECK_EQUAL(dead[0].topic, "a\xff");
  CAF_CHECK_EQUAL(dead[0].count, 2u);
  CAF_CHECK_EQUAL(dead[0].payload, "{worse");
  auto future = kept("future", {"b"});
  CAF_REQUIRE_EQUAL(future.size(), 1u);
  CAF_CHECK(has(future[0].text, "out_of_bounds"));
  CAF_MESSAGE("and goes on");
  publish("{worst", "a\xff");
  run();
  auto last_bad_topic = last("bad_topic");
  CAF_CHECK_EQUAL(last_bad_topic.count, 3u);
}

// -- replay -------------------------------------------------------------------

CAF_TEST(a replay decodes by the rules of now what was kept) {
  begin(catch_all + "exclude = [\"x/#\"]\n");
  publish("1", "x/a");
  publish("2", "x/a");
  publish("3", "x/b");
  publish("up 4", "t");
  publish("{bad", "t");
  publish("5", "t");
  run();
  CAF_CHECK_EQUAL(replay(), "4 0");
  feed->request(record_kind::rules, n0 + ++messages * second,
                rules_request{catch_all + "map = { \"up 4\" = 4 }\n", {}});
  CAF_CHECK_EQUAL(replay(), "4 3");
  CAF_CHECK_EQUAL(puts(),
                  (std::vector<std::string>{
                    "put 0.0 r0 6000000000 5", "put 1.0 r0 2000000000 2",
                    "put 2.0 r0 3000000000 3", "put 0.0 r0 4000000000 4"}));
  CAF_MESSAGE("once");
  CAF_CHECK_EQUAL(replay(), "1 0");
  CAF_CHECK_EQUAL(kept("no_rule").size(), 0u);
  CAF_CHECK_EQUAL(kept("json").size(), 1u);
  CAF_MESSAGE("the books: each message counts as what it was first");
  CAF_CHECK_EQUAL(metric_of("messages_decoded_total"), 1);
  CAF_CHECK_EQUAL(metric_of("messages_ignored_total", "no_rule"), 3);
  CAF_CHECK_EQUAL(metric_of("samples_total", "all"), 4);
}

CAF_TEST(a replay keeps what the rules of now refuse) {
  begin(catch_all + "exclude = [\"x/#\"]\n");
  publish("1", "x/a");
  run();
  auto change = [&](const std::string& series) {
    feed->request(record_kind::rules, n0 + ++messages * second,
                  rules_request{catch_all + series, {}});
  };
  change("series = \"no/{topic}\"\n");
  CAF_CHECK_EQUAL(replay(), "1 0");
  CAF_CHECK_EQUAL(kept("limit", {"no/x/a"}).size(), 1u);
  change("");
  CAF_CHECK_EQUAL(replay(), "1 1");
  CAF_CHECK_EQUAL(puts(), std::vector<std::string>{"put 0.0 r0 1000000000 1"});
}

CAF_TEST(a replay that is cut in two does nothing twice) {
  settings.credit = 2;
  begin(catch_all + "exclude = [\"x/#\"]\n");
  for (auto i = 0; i < 20; ++i)
    publish(std::to_string(i), "x/" + std::to_string(i));
  run();
  feed->request(record_kind::rules, n0 + ++messages * second,
                rules_request{catch_all, {}});
  feed->append(record_kind::replay, n0 + ++messages * second, {}, {});
  // Until some are on their way, and credit is out.
  while (out.samples.size() < 6) {
    CAF_REQUIRE(uut->step(1000) != step_result::drained);
    answer();
  }
  CAF_REQUIRE(out.samples.size() < 20);
  auto cut = uut->cut();
  auto before = out.samples.size();
  start.at = cut.at;
  start.memory = cut.memory;
  out.asked.clear();
  out.puts.clear();
  begin();
  run();
  CAF_CHECK_EQUAL(out.samples.size(), 20u);
  CAF_CHECK_EQUAL(out.outcomes[feed->requests].decoded, 20u - before);
  std::set<int64_t> times;
  for (auto& x : out.samples)
    times.insert(x.time);
  CAF_CHECK_EQUAL(times.size(), 20u);
}

CAF_TEST(a message that was cut is not replayed) {
  begin(catch_all + "exclude = [\"x/#\"]\n");
  publish("[" + std::string(5000, ' ') + "1]", "x/a");
  run();
  feed->request(record_kind::rules, n0 + ++messages * second,
                rules_request{catch_all, {}});
  CAF_CHECK_EQUAL(replay(), "0 0");
}

CAF_TEST_FIXTURE_SCOPE_END()

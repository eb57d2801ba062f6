#define CAF_SUITE message_decoder

#include "actors/decode/explain.hpp"
#include "actors/decode/message_decoder.hpp"
#include "tests/decode/decode_fixture.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

struct plan_fixture {
  void use(const std::string& rules, std::vector<subscription> wanted = {}) {
    auto x = rule_set::make(config_of(rules), std::move(wanted), names);
    CAF_REQUIRE(x);
    uut.use(std::make_shared<const rule_set>(std::move(*x)));
  }

  std::string plan(std::string_view topic, std::string_view payload,
                   std::vector<uint32_t> identifiers = {}) {
    journal_record x;
    x.topic = topic;
    x.payload = payload;
    x.arrival = n0;
    x.retained = retained;
    x.identifiers = identifiers.data();
    x.identifier_count = identifiers.size();
    auto& y = uut.plan(x);
    switch (y.result) {
      case message_result::ignored:
        return to_string(y.ignored);
      case message_result::dead:
        return to_string(y.dead);
      case message_result::decoded:
        break;
    }
    std::string result;
    for (auto& reading : y.readings) {
      if (!result.empty())
        result += ' ';
      auto path = reading.binding == planned_reading::no_binding
                    ? std::string_view{"?"}
                    : (*y.fields)[reading.binding].path.text();
      result
        += uut.rules().describe(reading.mapping_index, topic, path).name + "=";
      if (reading.refused != sample_refusal::none)
        result += to_string(reading.refused);
      else if (reading.mark == reading_mark::unknown)
        result += "U";
      else if (is_integer(uut.rules().mapping(reading.mapping_index).type))
        result += std::to_string(reading.value.bits);
      else
        result += std::to_string(reading.value.as_double()).substr(0, 4);
    }
    return result;
  }

  rule_names names;
  limits_config limits;
  bool retained = false;
  message_decoder uut;
};

/// Reads "-5-3-": a value for each number, so many seconds before the arrival,
/// and one without a time.
read_status read_timed(const raw_payload& x, format_output& out) {
  auto text = x.text;
  while (text.size() > 1) {
    text.remove_prefix(1);
    auto end = text.find('-');
    int64_t age = std::stoll(std::string{text.substr(0, end)});
    out.fields.add("a", scalar::of(age)).time = x.arrival - age * 1000000000;
    text.remove_prefix(end);
  }
  out.fields.add("a", scalar::of(int64_t{1}));
  return read_status::fields;
}

/// Null if the topic is new.
topic_entry* entry_of(message_decoder& x, const std::string& topic) {
  return x.topics().find(topic);
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(message_decoder_tests, plan_fixture)

CAF_TEST(the first rule that matches takes a message) {
  use(R"(
[[rule]]
name = "noise"
topics = ["+/noise/#"]
drop = true
[[rule]]
name = "plant"
topics = ["sensors/#"]
exclude = ["sensors/+/set"]
series = "plant/{1..}/{path}"
[[rule]]
name = "rest"
topics = ["sensors/#", "other"]
series = "rest/{topic}"
)");
  CAF_CHECK_EQUAL(plan("sensors/a", "1"), "plant/a=1.00");
  CAF_CHECK_EQUAL(plan("sensors/a/set", "1"), "rest/sensors/a/set=1.00");
  CAF_CHECK_EQUAL(plan("sensors/noise", "1"), "dropped");
  CAF_CHECK_EQUAL(plan("nobody", "1"), "no_rule");
  CAF_CHECK_EQUAL(plan("$SYS/uptime", "1"), "no_rule");
  CAF_MESSAGE("a topic that lacks a level of the name");
  CAF_CHECK_EQUAL(plan("sensors", "1"), "=name");
  CAF_MESSAGE("and again, now that the topics are known");
  CAF_CHECK_EQUAL(plan("sensors/a", "2"), "plant/a=2.00");
  CAF_CHECK_EQUAL(plan("sensors/noise", "1"), "dropped");
}

CAF_TEST(fields decide how a value is stored) {
  use(R"(
[[rule]]
name = "all"
topics = ["#"]
fields = [
  { path = "ENERGY/Total", type = "COUNTER", scale = 1000 },
  { path = "**/linkquality", drop = true },
  { path = "ENERGY/*", scale = 10 },
]
)");
  auto payload
    = R"({"ENERGY":{"Total":6.294,"Power":2.5},"linkquality":3,"a":1})";
  CAF_CHECK_EQUAL(plan("x", payload),
                  "x/ENERGY/Total=6294 x/ENERGY/Power=25.0 x/a=1.00");
  CAF_CHECK_EQUAL(plan("x", R"({"ENERGY":{"Total":-1}})"),
                  "x/ENERGY/Total=range");
  use(R"(
[[rule]]
name = "all"
topics = ["#"]
only = true
fields = [ { path = "a" } ]
)");
  CAF_CHECK_EQUAL(plan("x", R"({"b":1,"a":2})"), "x/a=2.00");
  CAF_CHECK_EQUAL(plan("x", R"({"b":1})"), "no_value");
}

CAF_TEST(of a field that stands twice the last one counts) {
  use(catch_all);
  CAF_CHECK_EQUAL(plan("x", R"({"a":1,"b":2,"a":3})"), "x/a=3.00 x/b=2.00");
  CAF_CHECK_EQUAL(plan("x", R"({"a":1,"b":2,"a":4})"), "x/a=4.00 x/b=2.00");
}

CAF_TEST(fields are found in any order) {
  use(catch_all);
  std::string forth;
  std::string back;
  for (auto i = 0; i < 100; ++i) {
    auto field = "\"f" + std::to_string(i) + "\":" + std::to_string(i);
    forth += (i ? "," : "") + field;
    back = field + (i ? "," : "") + back;
  }
  plan("x", "{" + forth + "}");
  auto fields = entry_of(uut, "x")->fields.size();
  CAF_CHECK_EQUAL(fields, 100u);
  auto result = plan("x", "{" + back + "}");
  CAF_CHECK_EQUAL(result.substr(0, 21), "x/f99=99.0 x/f98=98.0");
  fields = entry_of(uut, "x")->fields.size();
  CAF_CHECK_EQUAL(fields, 100u);
}

CAF_TEST(messages that are too large or on bad topics are dead) {
  use(catch_all);
  CAF_CHECK_EQUAL(plan("x", std::string(limits.payload + 1, '1')), "too_large");
  CAF_CHECK_EQUAL(plan("x", std::string(limits.payload, ' ')), "empty");
  CAF_CHECK_EQUAL(plan("", "1"), "bad_topic");
  CAF_CHECK_EQUAL(plan("a\nb", "1"), "bad_topic");
  CAF_CHECK_EQUAL(plan("a\xff", "1"), "bad_topic");
  CAF_CHECK_EQUAL(uut.topics().size(), 1u);
}

CAF_TEST(times out of bounds are refused and never replaced) {
  use(catch_all);
  auto at = [&](int64_t second) {
    return plan("x", "{\"ts\":" + std::to_string(second) + ",\"a\":1}");
  };
  CAF_CHECK_EQUAL(at(t0), "x/a=1.00");
  CAF_CHECK_EQUAL(at(t0 + 60), "x/a=1.00");
  CAF_CHECK_EQUAL(at(t0 + 61), "x/a=future");
  CAF_CHECK_EQUAL(at(t0 - 7 * 86400), "x/a=1.00");
  CAF_CHECK_EQUAL(at(t0 - 7 * 86400 - 1), "x/a=past");
  CAF_MESSAGE("a number that can be no time is a value");
  CAF_CHECK_EQUAL(at(0), "x/ts=0.00 x/a=1.00");
  CAF_CHECK_EQUAL(plan("x", R"({"ts":"9999-01-01T00:00:00Z","a":1})"),
                  "x/a=future");
}

CAF_TEST(a rule may name the field of the time or none) {
  use(R"(
[[rule]]
name = "own"
topics = ["own"]
time = "when/exactly"
[[rule]]
name = "arrival"
topics = ["arrival"]
time = "arrival"
)");
  CAF_CHECK_EQUAL(plan("own", R"({"when":{"exactly":1},"a":1})"), "own/a=past");
  CAF_CHECK_EQUAL(plan("own", R"({"ts":1,"a":1})"), "own/ts=1.00 own/a=1.00");
  CAF_CHECK_EQUAL(plan("arrival", R"({"ts":1,"a":1})"),
                  "arrival/ts=1.00 arrival/a=1.00");
}

CAF_TEST(only the copy of the oldest wanted filter counts) {
  use(catch_all, {{7, "a/#"}, {3, "+/x"}, {9, "b/#"}});
  CAF_CHECK_EQUAL(plan("a/x", "1", {3}), "a/x=1.00");
  CAF_CHECK_EQUAL(plan("a/x", "1", {7}), "overlap");
  CAF_CHECK_EQUAL(plan("a/y", "1", {7}), "a/y=1.00");
  CAF_MESSAGE("one copy with both");
  CAF_CHECK_EQUAL(plan("a/x", "1", {7, 3}), "a/x=1.00");
  CAF_MESSAGE("no longer wanted, or unknown: prefer duplicates to loss");
  CAF_CHECK_EQUAL(plan("a/x", "1", {5}), "a/x=1.00");
  CAF_CHECK_EQUAL(plan("a/x", "1", {7, 5}), "a/x=1.00");
  CAF_CHECK_EQUAL(plan("a/x", "1"), "a/x=1.00");
  CAF_CHECK_EQUAL(plan("c/y", "1", {9}), "c/y=1.00");
  CAF_MESSAGE("of a wanted filter that does not match: of a lost store's");
  CAF_CHECK_EQUAL(plan("a/x", "1", {9}), "a/x=1.00");
  CAF_CHECK_EQUAL(plan("a/x", "1", {7, 9}), "a/x=1.00");
  CAF_MESSAGE("found to be a copy when it came");
  CAF_CHECK_EQUAL(plan("a/x", "1", {copy_identifier}), "overlap");
}

CAF_TEST(retained messages are left out) {
  use(catch_all);
  retained = true;
  CAF_CHECK_EQUAL(plan("x", "1"), "retained");
  CAF_CHECK_EQUAL(plan("x", R"({"ts":1700000000,"a":1})"), "retained");
}

CAF_TEST(an rrd source takes its topic from the rules) {
  use(catch_all + R"(
[[rrd]]
name = "two"
step = "10s"
sources = [
  { topic = "s/+/t", path = "a", type = "GAUGE", label = "one" },
  { topic = "s/1/t", path = "a", type = "COUNTER", label = "other" },
]
)");
  CAF_CHECK_EQUAL(plan("s/1/t", R"({"a":3,"b":4})"),
                  "two/other=3 two/one=3.00");
  CAF_CHECK_EQUAL(plan("s/2/t", R"({"a":3,"b":4})"), "two/one=3.00");
  CAF_CHECK_EQUAL(plan("s/2/t", R"({"b":4})"), "no_value");
  CAF_CHECK_EQUAL(plan("s/2/u", R"({"b":4})"), "s/2/u/b=4.00");
}

CAF_TEST(a source reads any format) {
  use(R"(
[[rrd]]
name = "two"
step = "10s"
sources = [
  { topic = "s/+", format = "number", type = "GAUGE", label = "number" },
  { topic = "s/+", format = "json", path = "a", type = "GAUGE", label = "a" },
  { topic = "s/1", format = "json", path = "", type = "GAUGE", label = "one" },
]
)");
  CAF_CHECK_EQUAL(plan("s/2", "21.5"), "two/number=21.5");
  CAF_CHECK_EQUAL(plan("s/2", R"({"a":1})"), "two/a=1.00");
  CAF_CHECK_EQUAL(plan("s/1", "21.5"), "two/one=21.5 two/number=21.5");
  CAF_CHECK_EQUAL(plan("s/1", "21.5"), "two/one=21.5 two/number=21.5");
  CAF_MESSAGE("a message that none of them can read");
  CAF_CHECK_EQUAL(plan("s/1", "{"), "number");
  CAF_CHECK_EQUAL(plan("s/1", ""), "empty");
}

CAF_TEST(a format may give each field a time of its own) {
  format_entry formats[] = {
    {"auto", read_timed},
    {"number", read_timed},
  };
  message_decoder timed{0, formats};
  auto x = rule_set::make(config_of(catch_all), {}, names);
  timed.use(std::make_shared<const rule_set>(std::move(*x)));
  journal_record record;
  record.topic = "x";
  record.payload = "-5-0-3-99999999-5-";
  record.arrival = n0;
  auto& y = timed.plan(record);
  std::string times;
  for (auto& reading : y.readings)
    times += std::to_string((reading.time - n0) / 1000000000) + ' '
             + to_string(reading.refused) + ' ';
  CAF_MESSAGE("those of one field stay apart; the last one has no time");
  CAF_CHECK_EQUAL(times, "-5 none 0 none -3 none -99999999 past -5 none "
                         "0 none ");
  CAF_CHECK_EQUAL(y.fields->size(), 1u);
}

CAF_TEST(unknown topics cannot fill the table) {
  message_decoder small;
  auto x = rule_set::make(config_of("[limits]\nseries = 10\n" + catch_all), {},
                          names);
  small.use(std::make_shared<const rule_set>(std::move(*x)));
  size_t most = 0;
  for (auto i = 0; i < 100000; ++i) {
    auto topic = "t/" + std::to_string(i);
    journal_record y;
    y.topic = topic;
    y.payload = "1";
    small.tidy();
    small.plan(y);
    most = std::max(most, small.topics().size());
  }
  CAF_CHECK(most < 20000);
  auto known = [&](int i) {
    auto topic = "t/" + std::to_string(i);
    return entry_of(small, topic) != nullptr;
  };
  CAF_MESSAGE("the newest are remembered, so that they cost no question");
  CAF_CHECK(known(99999));
  CAF_CHECK(known(90000));
  CAF_CHECK(!known(80000));
}

CAF_TEST(topics with a file stay among unbound ones) {
  message_decoder small;
  auto x = rule_set::make(config_of("[limits]\nseries = 10\n" + catch_all), {},
                          names);
  small.use(std::make_shared<const rule_set>(std::move(*x)));
  for (auto i = 0; i < 50000; ++i) {
    auto topic = "t/" + std::to_string(i);
    journal_record y;
    y.topic = topic;
    y.payload = "1";
    auto& plan = small.plan(y);
    if (i % 10000 == 0)
      for (auto& binding : *plan.fields)
        binding.state = binding_state::resolved;
    small.tidy();
  }
  for (auto i = 0; i < 50000; i += 10000) {
    auto topic = "t/" + std::to_string(i);
    CAF_CHECK(entry_of(small, topic) != nullptr);
  }
  CAF_CHECK(entry_of(small, "t/1") == nullptr);
}

CAF_TEST_FIXTURE_SCOPE_END()

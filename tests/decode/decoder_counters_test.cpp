#define CAF_SUITE decoder_counters

#include "tests/decode/decode_fixture.hpp"
#include "tests/test.hpp"

#include <random>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

const std::string rules = R"(
[[rule]]
name = "drop"
topics = ["t/1"]
drop = true
[[rule]]
name = "no"
topics = ["t/2", "t/3"]
series = "no/{topic}/{path}"
[[rule]]
name = "counter"
topics = ["t/4", "t/5"]
type = "COUNTER"
[[rule]]
name = "rest"
topics = ["t/+"]
)";

const std::vector<std::string>& payloads() {
  static const std::vector<std::string> xs{
    "1",
    "-2.5",
    "text",
    "",
    "{",
    R"({"a":1,"b":"2","c":null})",
    R"({"a":{"b":-1e30},"ts":1700000000})",
    R"({"a":1,"ts":5})",
    R"({"x":1e999})",
    "[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]",
    "true",
    std::string(100, '['),
    std::string("\0\xff{", 3),
  };
  return xs;
}

} // namespace

CAF_TEST(at any time every message and sample is counted once) {
  std::mt19937 random{20231114};
  auto pick = [&](size_t n) { return static_cast<size_t>(random() % n); };
  decoder_fixture f{3};
  f.settings.credit = 50;
  f.settings.batch = 7;
  f.begin("[limits]\npayload = 90\n" + rules);
  auto arrival = n0;
  for (auto round = 0; round < 300; ++round) {
    for (auto n = pick(20); n > 0; --n) {
      arrival += static_cast<int64_t>(pick(700000000));
      auto topic = pick(30) == 0
                     ? std::string{"\n"}
                     : (pick(20) == 0 ? "u/" : "t/") + std::to_string(pick(12));
      auto& x
        = f.feed->message(arrival, topic, payloads()[pick(payloads().size())]);
      x.record.retained = pick(20) == 0;
    }
    if (pick(10) == 0)
      f.feed->gap(pick(4) + 1);
    if (pick(10) == 0)
      f.feed->request(record_kind::rules, arrival,
                      rules_request{"[limits]\npayload = 90\n" + rules, {}});
    if (pick(10) == 0)
      f.feed->request(record_kind::flush, arrival, flush_request{});
    for (auto steps = pick(30); steps > 0; --steps) {
      f.uut->step(pick(5) + 1);
      CAF_CHECK_EQUAL(f.uut->counters().messages(), f.uut->sequence());
      if (pick(3) == 0)
        f.answer();
    }
  }
  f.run();
  CAF_CHECK_EQUAL(f.uut->sequence(), f.feed->sequence);
  CAF_CHECK_EQUAL(f.uut->counters().messages(), f.feed->sequence);
  uint64_t samples = 0;
  uint64_t refused = 0;
  for (auto& x : f.uut->counters().all().rules) {
    samples += x.samples;
    for (auto y : x.refused)
      refused += y;
  }
  CAF_CHECK(refused > 0);
  CAF_CHECK_EQUAL(samples, refused + f.out.samples.size());
  CAF_MESSAGE("every way to end was taken");
  auto all = f.uut->counters().all();
  CAF_CHECK(all.decoded > 0);
  for (auto x :
       {ignore_reason::no_rule, ignore_reason::dropped, ignore_reason::empty,
        ignore_reason::text, ignore_reason::retained})
    CAF_CHECK(all.ignored[static_cast<size_t>(x)] > 0);
  for (auto x :
       {dead_reason::too_large, dead_reason::bad_topic, dead_reason::json,
        dead_reason::depth, dead_reason::journal_damaged})
    CAF_CHECK(all.dead[static_cast<size_t>(x)] > 0);
}

CAF_TEST(the last dead letters are kept in part) {
  decoder_fixture f;
  f.begin(catch_all);
  for (auto i = 0; i < 1500; ++i)
    f.feed->message(n0 + i, "t/" + std::to_string(i),
                    "{" + std::string(1000, 'x'));
  f.run();
  auto& xs = f.uut->counters().last_dead();
  CAF_REQUIRE_EQUAL(xs.size(), 1000u);
  CAF_CHECK_EQUAL(xs.back().topic, "t/1499");
  CAF_CHECK_EQUAL(xs.back().payload.size(), 256u);
  CAF_CHECK_EQUAL(xs.back().reason, "json");
  CAF_CHECK_EQUAL(xs.front().topic, "t/500");
  CAF_CHECK_EQUAL(f.metric_of("messages_dead_total", "json"), 1500);
}

#define CAF_SUITE decoder_engine

#include "actors/decode/decoder_engine.hpp"
#include "tests/decode/decode_fixture.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

using lines = std::vector<std::string>;

constexpr int64_t second = 1000000000;

/// Only the lines that begin with `what`.
lines only(const lines& xs, const std::string& what) {
  lines result;
  std::copy_if(xs.begin(), xs.end(), std::back_inserter(result),
               [&](auto& x) { return x.rfind(what, 0) == 0; });
  return result;
}

} // namespace

CAF_TEST(a stream tells names and files and seconds before samples) {
  decoder_fixture f;
  f.begin(catch_all);
  f.feed->message(n0 + 5, "a", "1");
  f.feed->message(n0 + 6, "a", "2.5");
  f.feed->message(n0 + 3 * second, "b", "3");
  f.run();
  lines expected{
    "rules all",       "open 0",
    "open 1",          "second 0 at 0",
    "put 0.0 r0 5 1",  "put 0.0 r0 6 2.5",
    "second 3 at 200", "put 1.0 r0 3000000000 3",
  };
  CAF_CHECK_EQUAL(f.out.streams[0], expected);
  CAF_CHECK_EQUAL(f.uut->at(), 300u);
  CAF_CHECK_EQUAL(f.uut->sequence(), 3u);
}

CAF_TEST(seconds go to every shard and samples to one) {
  decoder_fixture f{2};
  f.begin(catch_all);
  f.feed->message(n0, "a", "1");
  f.feed->message(n0 + second, "b", "2");
  f.run();
  lines first{"rules all", "open 0", "second 0 at 0", "put 0.0 r0 0 1",
              "second 1 at 100"};
  lines other{"rules all", "open 1", "second 0 at 0", "second 1 at 100",
              "put 1.0 r0 1000000000 2"};
  CAF_CHECK_EQUAL(f.out.streams[0], first);
  CAF_CHECK_EQUAL(f.out.streams[1], other);
}

CAF_TEST(new series of many records are asked for at once) {
  decoder_fixture f;
  f.begin(catch_all);
  for (auto i = 0; i < 1000; ++i)
    f.feed->message(n0 + i, "t/" + std::to_string(i % 300), R"({"a":1,"b":2})");
  CAF_CHECK(f.uut->step(5000) == step_result::waiting);
  CAF_REQUIRE_EQUAL(f.out.asked.size(), 1u);
  CAF_CHECK_EQUAL(f.out.asked[0].size(), 600u);
  CAF_CHECK_EQUAL(f.out.asked[0][1].name, "t/0/b");
  CAF_CHECK_EQUAL(f.out.asked[0][1].topic, "t/0");
  CAF_CHECK_EQUAL(f.out.asked[0][1].path, "b");
  CAF_CHECK_EQUAL(f.out.asked[0][1].rule, "all");
  CAF_MESSAGE("nothing is done before the answer");
  CAF_CHECK_EQUAL(f.uut->at(), 0u);
  CAF_CHECK_EQUAL(f.uut->counters().messages(), 0u);
  f.run();
  CAF_CHECK_EQUAL(f.out.requests, 1u);
  CAF_CHECK_EQUAL(f.out.samples.size(), 2000u);
}

CAF_TEST(reading ahead is bounded) {
  decoder_fixture f;
  f.settings.ahead_records = 10;
  f.begin(catch_all);
  for (auto i = 0; i < 100; ++i)
    f.feed->message(n0, "t/" + std::to_string(i), "1");
  f.uut->step(1000);
  CAF_REQUIRE_EQUAL(f.out.asked.size(), 1u);
  CAF_CHECK_EQUAL(f.out.asked[0].size(), 11u);
  f.run();
  CAF_CHECK_EQUAL(f.out.samples.size(), 100u);
  CAF_CHECK_EQUAL(f.out.requests, 10u);
}

CAF_TEST(what is refused once is not asked again) {
  decoder_fixture f;
  f.begin(catch_all + "series = \"no/{topic}\"\n");
  for (auto i = 0; i < 10; ++i) {
    f.feed->message(n0, "t", "1");
    f.run();
  }
  CAF_CHECK_EQUAL(f.out.requests, 1u);
  CAF_CHECK(f.out.samples.empty());
  CAF_CHECK_EQUAL(f.metric_of("samples_total", "all"), 10);
  CAF_CHECK_EQUAL(f.metric_of("samples_refused_total", "all", "limit"), 10);
  CAF_CHECK_EQUAL(f.metric_of("messages_decoded_total"), 10);
  CAF_CHECK_EQUAL(f.metric_of("rule_last_message_seconds", "all"), t0);
}

CAF_TEST(a message with more fields than there may be series ends) {
  decoder_fixture f;
  f.begin("[limits]\nseries = 10\npayload = \"1MiB\"\n" + catch_all
          + "series = \"no/{topic}/{path}\"\n");
  std::string payload = "{\"a\":1";
  for (auto i = 0; i < 70000; ++i)
    payload += ",\"" + std::to_string(i) + "\":1";
  for (auto i = 0; i < 3; ++i) {
    f.feed->message(n0, "t", payload + '}');
    CAF_CHECK(f.uut->step(10) == step_result::waiting);
    f.answer();
    CAF_CHECK(f.uut->step(10) == step_result::drained);
  }
  CAF_CHECK_EQUAL(f.metric_of("samples_refused_total", "all", "limit"), 210003);
  CAF_CHECK_EQUAL(f.metric_of("messages_decoded_total"), 3);
}

CAF_TEST(a value that cannot be makes no series) {
  decoder_fixture f;
  f.begin(catch_all + "type = \"COUNTER\"\n");
  f.feed->message(n0, "t", "-1");
  f.feed->message(n0, "u", R"({"ts":1600000000,"a":1})");
  f.run();
  CAF_CHECK_EQUAL(f.out.requests, 0u);
  CAF_CHECK_EQUAL(f.metric_of("samples_refused_total", "all", "range"), 1);
  CAF_CHECK_EQUAL(f.metric_of("samples_refused_total", "all", "past"), 1);
}

CAF_TEST(the wall clock passes only while the journal is drained) {
  decoder_fixture f;
  f.begin(catch_all);
  CAF_CHECK(!f.uut->tick());
  CAF_CHECK(f.uut->step(10) == step_result::drained);
  CAF_CHECK(f.uut->tick());
  f.feed->clock = t0 + 1;
  CAF_CHECK(f.uut->tick());
  CAF_CHECK(f.uut->tick());
  f.feed->clock = t0 + 2;
  f.feed->message(n0 + 2 * second, "t", "1");
  CAF_CHECK(!f.uut->tick());
  CAF_CHECK_EQUAL(only(f.out.streams[0], "second"),
                  (lines{"second 0 at 0", "second 1 at 0"}));
  f.run();
  CAF_CHECK(f.uut->tick());
  CAF_CHECK_EQUAL(f.uut->watermark(), t0 + 2);
}

CAF_TEST(cuts stand between records even while something is awaited) {
  decoder_fixture f;
  f.begin(catch_all);
  f.feed->message(n0, "a", "1");
  f.run();
  f.feed->message(n0, "a", "2");
  f.feed->message(n0, "b", "3");
  CAF_CHECK(f.uut->step(10) == step_result::waiting);
  auto cut = f.uut->cut();
  CAF_CHECK_EQUAL(cut.at, 200u);
  CAF_CHECK_EQUAL(f.out.samples.size(), 2u);
  CAF_MESSAGE("a decoder that begins at the cut goes on the same");
  decoder_fixture g;
  g.feed = f.feed;
  g.start.at = cut.at;
  g.start.memory = cut.memory;
  f.run();
  g.begin();
  g.run();
  CAF_REQUIRE_EQUAL(g.out.samples.size(), 1u);
  CAF_CHECK_EQUAL(g.out.samples[0].value.as_double(), 3.0);
  CAF_CHECK_EQUAL(g.uut->sequence(), 3u);
  CAF_CHECK_EQUAL(g.uut->counters().messages(), 3u);
  CAF_CHECK_EQUAL(g.metric_of("samples_total", "all"), 3);
}

CAF_TEST(lost messages are counted) {
  decoder_fixture f;
  f.begin(catch_all);
  f.feed->message(n0, "a", "1");
  f.feed->gap(5);
  f.feed->message(n0, "a", "1");
  f.run();
  CAF_CHECK_EQUAL(f.metric_of("messages_dead_total", "journal_damaged"), 5);
  CAF_CHECK_EQUAL(f.uut->sequence(), 7u);
  CAF_CHECK_EQUAL(f.uut->counters().messages(), 7u);
  CAF_MESSAGE("also if only the numbers tell");
  f.feed->sequence += 2;
  f.feed->message(n0, "a", "1");
  f.run();
  CAF_CHECK_EQUAL(f.metric_of("messages_dead_total", "journal_damaged"), 7);
  CAF_CHECK_EQUAL(f.uut->counters().messages(), 10u);
}

CAF_TEST(slices of any size make the same streams) {
  std::vector<std::vector<lines>> results;
  for (auto slice : {1u, 3u, 7u, 1000u}) {
    decoder_fixture f{3};
    f.settings.credit = slice * 5;
    f.settings.batch = slice + 1;
    f.begin(catch_all);
    for (auto i = 0; i < 500; ++i) {
      f.feed->message(n0 + i * 300000000ll, "t/" + std::to_string(i * 7 % 40),
                      i % 3 ? std::to_string(i) : R"({"a":1,"b":2})");
      if (i % 100 == 50)
        f.feed->request(record_kind::flush, n0 + i * 300000000ll,
                        flush_request{});
      if (i == 250)
        f.feed->request(record_kind::rules, n0 + i * 300000000ll,
                        rules_request{catch_all, {}});
    }
    f.run(slice);
    results.push_back(f.out.streams);
  }
  for (auto& x : results)
    CAF_CHECK(x == results.front());
  CAF_CHECK(only(results[0][0], "put").size() > 100);
}

CAF_TEST(retained messages count if newer than the last reading) {
  decoder_fixture f;
  f.begin("[mqtt]\nretained = \"if_newer\"\n" + catch_all);
  auto retained = [&](const std::string& payload) {
    f.feed->message(n0, "t", payload).record.retained = true;
    auto before = f.out.samples.size();
    f.run();
    return f.out.samples.size() - before;
  };
  auto at
    = [](int64_t t) { return "{\"ts\":" + std::to_string(t) + ",\"a\":1}"; };
  CAF_CHECK_EQUAL(retained(R"({"a":1})"), 0u);
  CAF_CHECK_EQUAL(retained(at(t0 - 10)), 1u);
  CAF_CHECK_EQUAL(retained(at(t0 - 10)), 0u);
  CAF_CHECK_EQUAL(retained(at(t0 - 11)), 0u);
  CAF_CHECK_EQUAL(retained(at(t0 - 9)), 1u);
  f.feed->message(n0, "t", at(t0 - 5));
  f.run();
  CAF_CHECK_EQUAL(retained(at(t0 - 6)), 0u);
  CAF_CHECK_EQUAL(f.metric_of("messages_ignored_total", "retained"), 4);
  CAF_MESSAGE("a start from a snapshot knows it, too");
  auto cut = f.uut->cut();
  decoder_fixture g;
  g.feed = f.feed;
  g.start.at = cut.at;
  g.start.memory = cut.memory;
  g.begin();
  g.feed->message(n0, "t", at(t0 - 5)).record.retained = true;
  g.run();
  CAF_CHECK(g.out.samples.empty());
}

CAF_TEST(topics that are peeked wrongly change nothing) {
  auto streams_with = [](bool lies) {
    decoder_fixture f{2};
    f.feed->lies = lies;
    f.begin(catch_all);
    for (auto i = 0; i < 5000; ++i) {
      auto topic = "t/" + std::to_string(i * 7919 % 300);
      if (i % 50 == 0)
        f.feed->message(n0 + i, topic, "{broken");
      else if (i % 70 == 0)
        f.feed->request(record_kind::flush, n0 + i, flush_request{});
      else if (i % 90 == 0)
        f.feed->message(n0 + i, topic + "/#", "1");
      else
        f.feed->message(n0 + i, topic, std::to_string(i));
    }
    f.run(7);
    CAF_CHECK_EQUAL(f.uut->topics(), 300u);
    return f.out.streams;
  };
  CAF_CHECK(streams_with(true) == streams_with(false));
}

CAF_TEST(a record begins only with credit for all its samples) {
  decoder_fixture f;
  f.settings.credit = 5;
  f.begin(catch_all);
  for (auto i = 0; i < 3; ++i)
    f.feed->message(n0 + i * second, "t", R"({"a":1,"b":2})");
  f.uut->step(100);
  while (!f.out.asked.empty()) {
    CAF_REQUIRE(!f.uut->resolved(f.out.resolve_now(f.out.asked.front())));
    f.out.asked.pop_front();
  }
  CAF_CHECK(f.uut->step(100) == step_result::waiting);
  CAF_CHECK_EQUAL(f.out.samples.size(), 4u);
  CAF_MESSAGE("the second of the third record is not told yet");
  CAF_CHECK_EQUAL(only(f.out.streams[0], "second").size(), 2u);
  CAF_CHECK(!f.uut->tick());
  CAF_MESSAGE("a cut stands in front of it");
  CAF_CHECK_EQUAL(f.uut->cut().at, 200u);
  f.uut->credit(0, 2);
  CAF_CHECK(f.uut->step(100) == step_result::drained);
  CAF_CHECK_EQUAL(f.out.samples.size(), 6u);
}

CAF_TEST(a record larger than the credit passes alone) {
  decoder_fixture f;
  f.settings.credit = 1;
  f.begin(catch_all);
  f.feed->message(n0, "t", R"({"a":1,"b":2,"c":3})");
  f.feed->message(n0, "t", R"({"a":1,"b":2,"c":3})");
  f.run();
  CAF_CHECK_EQUAL(f.out.samples.size(), 6u);
}

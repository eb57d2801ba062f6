#define CAF_SUITE decoder_journal

#include "actors/decode/decoder_engine.hpp"
#include "tests/decode/decode_fixture.hpp"
#include "tests/journal/journal_bench.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

/// A decoder on the journal of `bench`.
struct journal_decoder {
  journal_decoder(journal_bench& bench, decoder_start from) : out{2} {
    decoder_settings settings;
    settings.shards = 2;
    settings.credit = 20;
    settings.ahead_records = 30;
    feed = {bench.uut, &bench.uut->feed()};
    uut = std::make_unique<decoder_engine>(settings, feed, out);
    if (auto error = uut->start(std::move(from)))
      CAF_FAIL(explain(error));
  }

  /// Decodes until the journal is drained, or until `n` messages are.
  void run(uint64_t n = ~uint64_t{0}) {
    while (uut->sequence() < n && uut->step(1) != step_result::drained) {
      while (!out.asked.empty()) {
        auto xs = out.resolve_now(out.asked.front());
        out.asked.pop_front();
        CAF_REQUIRE(!uut->resolved(xs));
      }
      for (auto [shard, credit] : out.puts)
        uut->credit(shard, credit);
      out.puts.clear();
    }
  }

  recorder out;
  std::shared_ptr<journal_feed> feed;
  std::unique_ptr<decoder_engine> uut;
};

decoder_start beginning(journal_bench& bench) {
  decoder_start result;
  result.at = bench.uut->begin();
  result.sequence = bench.uut->sequence_before();
  result.rules.text = catch_all;
  return result;
}

std::vector<double> values_of(const recorder& x) {
  std::vector<double> result;
  for (auto& y : x.samples)
    result.push_back(y.value.as_double());
  std::sort(result.begin(), result.end());
  return result;
}

} // namespace

CAF_TEST(a journal of many segments is decoded once and whole) {
  constexpr auto messages = 2000;
  journal_bench bench;
  bench.open();
  for (auto i = 0; i < messages; ++i)
    bench.put("t/" + std::to_string(i % 150), std::to_string(i));
  journal_decoder whole{bench, beginning(bench)};
  whole.run();
  auto values = values_of(whole.out);
  CAF_REQUIRE_EQUAL(values.size(), static_cast<size_t>(messages));
  for (auto i = 0; i < messages; ++i)
    CAF_REQUIRE_EQUAL(values[static_cast<size_t>(i)], i);
  CAF_CHECK_EQUAL(whole.uut->sequence(), static_cast<uint64_t>(messages));
  CAF_CHECK_EQUAL(whole.uut->counters().dead_letters(), 0u);
  CAF_MESSAGE("the second passes only once all is read");
  CAF_CHECK(whole.uut->tick());
  bench.put("t/1", "1");
  CAF_CHECK(!whole.uut->tick());
  whole.run();
  CAF_CHECK_EQUAL(whole.out.samples.size(), messages + 1u);
}

CAF_TEST(a decoder goes on from any cut) {
  journal_bench bench;
  bench.open();
  for (auto i = 0; i < 600; ++i)
    bench.put("t/" + std::to_string(i % 97), std::to_string(i));
  for (uint64_t stop : {1u, 31u, 97u, 333u, 600u}) {
    journal_decoder first{bench, beginning(bench)};
    first.run(stop);
    auto cut = first.uut->cut();
    decoder_start from;
    from.at = cut.at;
    from.memory = cut.memory;
    journal_decoder second{bench, std::move(from)};
    second.run();
    CAF_CHECK_EQUAL(first.out.samples.size(), stop);
    CAF_CHECK_EQUAL(second.out.samples.size(), 600 - stop);
    CAF_CHECK_EQUAL(second.uut->sequence(), 600u);
    CAF_CHECK_EQUAL(second.uut->counters().messages(), 600u);
    CAF_CHECK_EQUAL(second.uut->counters().all().decoded, 600u);
  }
}

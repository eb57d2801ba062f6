#define CAF_SUITE decoder_credit

// How far the decoder goes on shards that do not answer.

#include "actors/decode/decoder_engine.hpp"
#include "tests/decode/decode_fixture.hpp"
#include "tests/test.hpp"

#include <algorithm>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

constexpr int64_t second = 1000000000;

auto seconds_told(const std::vector<std::string>& stream) {
  return std::count_if(stream.begin(), stream.end(),
                       [](auto& x) { return x.rfind("second", 0) == 0; });
}

} // namespace

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
  CAF_CHECK_EQUAL(seconds_told(f.out.streams[0]), 2);
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

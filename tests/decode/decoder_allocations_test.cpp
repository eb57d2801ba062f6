#define CAF_SUITE decoder_allocations

#include "actors/decode/decoder_engine.hpp"
#include "tests/decode/decode_fixture.hpp"
#include "tests/test.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<size_t> allocations{0};

} // namespace

// Counts what this whole executable allocates.
[[gnu::noinline]] void* operator new(size_t size) {
  ++allocations;
  if (auto* result = std::malloc(size))
    return result;
  throw std::bad_alloc{};
}

[[gnu::noinline]] void operator delete(void* x) noexcept {
  std::free(x);
}

[[gnu::noinline]] void operator delete(void* x, size_t) noexcept {
  std::free(x);
}

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

/// Takes samples and keeps nothing.
class sink : public recorder {
public:
  using recorder::recorder;

  void put(uint32_t, sample_batch x) override {
    taken += x.samples.size();
    ++batches;
  }

  void second(int64_t, position) override {
    // nop
  }

  size_t taken = 0;
  size_t batches = 0;
};

/// What it costs to decode messages on known topics: allocations, beyond the
/// one for each batch.
size_t allocations_of(const std::string& rules, const std::string& topic,
                      const std::string& payload, size_t samples) {
  constexpr size_t messages = 1000;
  decoder_settings settings;
  settings.batch = 100000;
  settings.credit = 1000000;
  auto feed = std::make_shared<memory_feed>();
  sink out{1};
  decoder_engine uut{settings, feed, out};
  decoder_start start;
  start.rules.text = rules;
  CAF_REQUIRE(!uut.start(start));
  auto add = [&] {
    for (size_t i = 0; i < messages; ++i)
      feed->message(n0, topic + std::to_string(i % 10), payload);
  };
  add();
  if (samples > 0) {
    CAF_REQUIRE(uut.step(10) == step_result::waiting);
    CAF_REQUIRE(!uut.resolved(out.resolve_now(out.asked.front())));
  }
  CAF_REQUIRE(uut.step(100000) == step_result::drained);
  add();
  auto batches = out.batches;
  auto before = allocations.load();
  auto result = uut.step(100000);
  auto after = allocations.load();
  CAF_REQUIRE(result == step_result::drained);
  CAF_CHECK_EQUAL(out.taken, 2 * messages * samples);
  return after - before - (out.batches - batches);
}

/// One message in a thousand is looked at closely, for fields that are passed
/// over.
constexpr size_t close_look = 10;

} // namespace

CAF_TEST(a known message costs no memory) {
  CAF_CHECK_EQUAL(
    allocations_of(catch_all, "sensors/hall/temperature/of/", "21.5", 1), 0u);
  CAF_CHECK(
    allocations_of(
      catch_all, "sensors/hall/temperature/of/",
      R"({"Time":"2023-11-14T22:13:20Z","ENERGY":{"TotalStartTime":"2018-11-14T18:39:40","Total":6.294,"Yesterday":5.340,"Power":"2635"},"POWER":"ON","rssi":-57})",
      5)
    <= close_look);
  CAF_CHECK_EQUAL(
    allocations_of(
      catch_all, "/values/basic/0048/0002/load",
      R"({"0":{"uuid":"load","hadd":"0048/0002","genre":1,"index":0,"data":0.15},"1":{"uuid":"load","hadd":"0048/0002","genre":1,"index":1,"data":0.22}})",
      2),
    0u);
}

CAF_TEST(nor do records and names of fields) {
  CAF_CHECK(
    allocations_of(
      catch_all + "series = \"{topic}/{field:model}/{path}\"\n", "t",
      R"({"model":"a name of more bytes than a short text has","x":[{"id":"17","ts":1700000000,"v":[1,2,null]},{"name":"b","v":["3 V"]}],"y":true})",
      5)
    <= close_look);
}

CAF_TEST(nor does one that is ignored) {
  CAF_CHECK_EQUAL(allocations_of(catch_all, "$SYS/a/longer/topic/of/some/size/",
                                 "21.5", 0),
                  0u);
}

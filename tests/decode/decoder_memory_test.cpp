#define CAF_SUITE decoder_memory

#include "actors/decode/decoder_memory.hpp"
#include "tests/test.hpp"

#include <msgpack.hpp>

#include <tuple>

using namespace rrdflow;

namespace {

decoder_memory example() {
  decoder_memory x;
  x.rules = {"[[rule]]", {{1, "a/#"}, {4000000000, "+"}}};
  x.watermark = 1700000000;
  x.sequence = (uint64_t{1} << 62) - 1;
  x.rule_names = {"plant", "rrd/x"};
  x.counts.decoded = 5;
  x.counts.ignored[3] = 7;
  x.counts.dead[2] = 1;
  x.counts.rules.resize(2);
  x.counts.rules[1].samples = 9;
  x.counts.rules[1].refused[4] = 3;
  x.counts.rules[1].last_message = 1700000000;
  x.dead.push_back({-5, "t\xff", std::string("\0x", 2), "json"});
  x.unstored.push_back({dead_reason::json,
                        "k\xff",
                        {"p", "s", "text"},
                        7,
                        -5,
                        8,
                        "t\xff",
                        std::string("\0{", 2),
                        true,
                        true});
  x.unstored.push_back({ignore_reason::no_rule, {}, {}, 1, 1, 1, "t", {}});
  x.last_times = {{18446744073709551615u, -1}, {0, 1700000000000000000}};
  return x;
}

} // namespace

CAF_TEST(a memory survives packing) {
  decoder_memory x;
  CAF_REQUIRE(!unpack(pack(example()), x));
  auto y = example();
  CAF_CHECK_EQUAL(x.rules.text, y.rules.text);
  CAF_CHECK_EQUAL(x.rules.subscriptions[1].identifier, 4000000000u);
  CAF_CHECK_EQUAL(x.rules.subscriptions[1].filter, "+");
  CAF_CHECK_EQUAL(x.watermark, y.watermark);
  CAF_CHECK_EQUAL(x.sequence, y.sequence);
  CAF_CHECK_EQUAL(x.rule_names, y.rule_names);
  CAF_CHECK_EQUAL(x.counts.decoded, 5u);
  CAF_CHECK(x.counts.ignored == y.counts.ignored);
  CAF_CHECK(x.counts.dead == y.counts.dead);
  CAF_CHECK(x.counts.rules[1].refused == y.counts.rules[1].refused);
  CAF_CHECK_EQUAL(x.counts.rules[1].samples, 9u);
  CAF_CHECK_EQUAL(x.dead[0].topic, y.dead[0].topic);
  CAF_CHECK_EQUAL(x.dead[0].payload, y.dead[0].payload);
  CAF_CHECK(x.last_times == y.last_times);
  CAF_REQUIRE_EQUAL(x.unstored.size(), 2u);
  auto& kept = x.unstored[0];
  CAF_CHECK_EQUAL(kept.why.name(), std::string{"json"});
  CAF_CHECK_EQUAL(kept.key, "k\xff");
  CAF_CHECK_EQUAL(kept.note.series, "s");
  CAF_CHECK_EQUAL(kept.count, 7u);
  CAF_CHECK_EQUAL(kept.arrival, -5);
  CAF_CHECK_EQUAL(kept.payload.size(), 2u);
  CAF_CHECK(kept.retained && kept.whole);
  CAF_CHECK(!x.unstored[1].whole);
}

CAF_TEST(a memory of before there were further reasons is read) {
  using counts = std::vector<uint64_t>;
  auto rule = std::make_tuple(uint64_t{9}, counts{1, 2, 3, 4, 5, 6, 7, 8},
                              int64_t{1700000000});
  msgpack::sbuffer out;
  msgpack::pack(
    out,
    std::make_tuple(uint32_t{1}, std::string{"[[rule]]"},
                    std::vector<std::pair<uint32_t, std::string>>{}, int64_t{5},
                    uint64_t{6}, std::vector<std::string>{"plant"},
                    std::make_tuple(uint64_t{7}, counts{1, 1, 1}, counts{2, 2},
                                    std::vector{rule}),
                    std::vector<std::tuple<int64_t, std::vector<char>,
                                           std::vector<char>, std::string>>{},
                    std::vector<std::pair<uint64_t, int64_t>>{}));
  decoder_memory x;
  CAF_REQUIRE(!unpack({out.data(), out.data() + out.size()}, x));
  CAF_CHECK_EQUAL(x.counts.decoded, 7u);
  CAF_CHECK(x.unstored.empty());
  CAF_CHECK_EQUAL(x.counts.ignored[2], 1u);
  CAF_CHECK_EQUAL(x.counts.ignored[3], 0u);
  auto& refused = x.counts.rules.at(0).refused;
  auto at = [&](sample_refusal y) { return refused[static_cast<size_t>(y)]; };
  CAF_CHECK_EQUAL(at(sample_refusal::range), 8u);
  CAF_CHECK_EQUAL(at(sample_refusal::time), 0u);
  CAF_CHECK_EQUAL(at(sample_refusal::field), 0u);
}

CAF_TEST(figures that would overflow are refused) {
  auto refused = [](const decoder_memory& x) {
    decoder_memory y;
    return unpack(pack(x), y) != caf::none;
  };
  CAF_CHECK(!refused(example()));
  auto x = example();
  ++x.sequence;
  CAF_CHECK(refused(x));
  x = example();
  x.watermark = -1;
  CAF_CHECK(refused(x));
}

CAF_TEST(a damaged memory is an error value) {
  auto bytes = pack(example());
  for (size_t n = 0; n < bytes.size(); ++n) {
    decoder_memory x;
    CAF_CHECK(unpack({bytes.begin(), bytes.begin() + static_cast<int>(n)}, x));
  }
  CAF_MESSAGE("any byte may change without harm");
  for (size_t n = 0; n < bytes.size(); ++n) {
    for (auto flip : {1, 16, 128, 255}) {
      auto damaged = bytes;
      damaged[n] = static_cast<char>(damaged[n] ^ flip);
      decoder_memory x;
      static_cast<void>(unpack(damaged, x));
    }
  }
  CAF_MESSAGE("nor do bombs cost memory");
  decoder_memory x;
  CAF_CHECK(unpack({'\xdd', '\xff', '\xff', '\xff', '\xff'}, x));
  CAF_CHECK(unpack(std::vector<char>(1000000, '\x91'), x));
}

#define CAF_SUITE shard_unpack

// What a shard takes from a snapshot, and what it refuses.

#include "tests/cache/random_stream.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

CAF_TEST(rows of a file that nobody knows are given up) {
  shard before;
  auto f = before.open("f", define(10, {gauge(gap_fill::heartbeat, 20)}));
  auto g = before.open("g", define(10, {gauge(gap_fill::heartbeat, 20)}));
  before.put(f, 5, 1);
  before.put(f, 15, 1);
  before.put(g, 15, 2);
  shard after;
  after.names->add("g");
  CAF_REQUIRE(!after.engine.load({pack(before.engine)}));
  CAF_CHECK_EQUAL(after.stat("rows_abandoned_total", "unknown_file"), 2);
  CAF_CHECK_EQUAL(show(after.engine.waiting(0).rows), "20=2");
  CAF_CHECK(after.balanced());
}

CAF_TEST(a file whose end was told late survives packing) {
  shard before;
  auto definition = define(10, {gauge(gap_fill::heartbeat, 20)});
  auto f = before.open("f", definition);
  before.put(f, 5, 1);
  // The file turns out to have more than what waits for it.
  before.engine.open({f, definition, epoch + 20});
  shard after;
  after.names->add("f");
  CAF_REQUIRE(!after.engine.load({pack(before.engine)}));
  after.put(0, 20, 1);
  CAF_CHECK_EQUAL(after.stat("samples_late_total"), 1);
  CAF_CHECK_EQUAL(after.stat("rows_waiting"), 1);
}

CAF_TEST(damaged sections are refused) {
  random_stream stream{3};
  stream_shard before{shard::quick()};
  for (size_t i = 0; i < stream.steps().size() / 3; ++i)
    before.take(stream.steps()[i]);
  auto bytes = pack(before.engine);
  auto load = [](const std::string& x) {
    stream_shard after{shard::quick()};
    return after.engine.load({x});
  };
  CAF_REQUIRE(!load(bytes));
  CAF_CHECK(load(""));
  CAF_CHECK(load(bytes + bytes));
  CAF_CHECK(load("\xdd\xff\xff\xff\xff"));
  for (size_t n = 0; n < bytes.size(); ++n)
    CAF_REQUIRE(load(bytes.substr(0, n)));
  // A flipped bit may be another value, but never a crash.
  for (size_t i = 0; i < bytes.size(); ++i) {
    auto flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << i % 8));
    stream_shard after{shard::quick()};
    if (auto err = after.engine.load({flipped})) {
      CAF_CHECK(err == ec::damaged);
      continue;
    }
    after.engine.second(epoch + 10'000, 1);
    after.write_all();
  }
  // The same files in two sections.
  stream_shard after{shard::quick()};
  CAF_CHECK(after.engine.load({bytes, bytes}));
}

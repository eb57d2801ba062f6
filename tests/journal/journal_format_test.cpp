#define CAF_SUITE journal_format

#include "actors/journal/journal_format.hpp"
#include "tests/test.hpp"

#include <limits>
#include <random>
#include <vector>

using namespace rrdflow;

namespace {

constexpr auto huge = std::numeric_limits<uint64_t>::max();

segment_header sane() {
  segment_header x;
  x.state = segment_state::begun;
  x.id = 7;
  x.base = 1 << 20;
  x.created = 1700000000;
  x.last_sequence = 1000;
  x.previous_end = x.base - 4096;
  return x;
}

/// Whether what was written is read.
bool comes_back(const segment_header& x) {
  std::vector<uint8_t> bytes(segment_header_size);
  write_header(bytes.data(), x);
  segment_header y;
  return read_header(bytes.data(), y) && y.base == x.base;
}

bool comes_back(uint64_t sequence) {
  record_content x;
  x.topic = "a";
  x.payload = "1";
  std::vector<uint64_t> bytes(record_size(x) / 8);
  auto at = reinterpret_cast<uint8_t*>(bytes.data());
  write_record(at, x, 7, 4096, sequence, 0);
  journal_record y;
  return read_record(at, bytes.size() * 8, 7, 4096, y) && y.topic == "a";
}

} // namespace

CAF_TEST(a header with numbers that no journal reaches is none) {
  CAF_CHECK(comes_back(sane()));
  auto x = sane();
  x.base = huge - 7;
  CAF_CHECK(!comes_back(x));
  x = sane();
  x.base += 4;
  CAF_CHECK(!comes_back(x));
  x = sane();
  x.previous_end = x.base + 8;
  CAF_CHECK(!comes_back(x));
  x = sane();
  x.last_sequence = huge;
  CAF_CHECK(!comes_back(x));
}

CAF_TEST(a record with a number that no journal reaches is none) {
  CAF_CHECK(comes_back(uint64_t{1} << 50));
  CAF_CHECK(!comes_back(huge));
}

CAF_TEST(a look at bytes that are no record stays within them) {
  uint32_t identifiers[] = {1, 2};
  record_content x;
  x.topic = "a/topic";
  x.payload = "21.5";
  x.identifiers = identifiers;
  x.identifier_count = 2;
  auto size = record_size(x);
  std::vector<uint64_t> bytes(size / 8);
  auto at = reinterpret_cast<uint8_t*>(bytes.data());
  write_record(at, x, 7, 4096, 1, 0);
  uint64_t length = 0;
  std::string_view topic;
  CAF_REQUIRE(peek_record(at, size, length, topic));
  CAF_CHECK_EQUAL(length, size);
  CAF_CHECK_EQUAL(topic, "a/topic");
  CAF_CHECK(!peek_record(at, size - 8, length, topic));
  CAF_CHECK(!peek_record(at, 0, length, topic));
  auto intact = bytes;
  std::mt19937_64 random{1};
  for (auto i = 0; i < 100000; ++i) {
    bytes = intact;
    for (auto n = random() % 4 + 1; n > 0; --n)
      at[random() % 48] = static_cast<uint8_t>(random());
    if (!peek_record(at, size, length, topic))
      continue;
    CAF_REQUIRE(length >= record_header_size && length <= size);
    CAF_REQUIRE(length % 8 == 0);
    auto end = reinterpret_cast<const uint8_t*>(topic.data()) + topic.size();
    CAF_REQUIRE(topic.empty() || (end > at && end <= at + length));
  }
}

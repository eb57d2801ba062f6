#define CAF_SUITE journal_format

#include "actors/ingest/journal_format.hpp"
#include "tests/test.hpp"

#include <limits>
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

#define CAF_SUITE row_buffer

#include "actors/cache/row_buffer.hpp"
#include "tests/test.hpp"

#include <random>
#include <set>

using namespace rrdflow;

namespace {

std::vector<uint32_t> slots_of(const row_buffer& x, size_t first = 0) {
  std::vector<uint32_t> result;
  x.for_each(first, [&](row_view row) {
    result.push_back(row.slot());
    return true;
  });
  return result;
}

using slots = std::vector<uint32_t>;

} // namespace

CAF_TEST(rows come in the order of their slots) {
  row_buffer uut;
  for (auto slot : {5u, 9u, 7u, 1u, 9u})
    uut.obtain(slot);
  CAF_CHECK_EQUAL(slots_of(uut), (slots{1, 5, 7, 9}));
  CAF_CHECK_EQUAL(slots_of(uut, 2), (slots{7, 9}));
  CAF_CHECK_EQUAL(uut.at(0).slot(), 1u);
  CAF_CHECK_EQUAL(uut.at(3).slot(), 9u);
  uut.pop_front(3);
  CAF_CHECK_EQUAL(slots_of(uut), (slots{9}));
  uut.pop_front(1);
  CAF_CHECK(uut.empty());
  CAF_CHECK_EQUAL(uut.allocated_bytes(), 0u);
}

CAF_TEST(a slot is new only once and keeps what it was given) {
  row_buffer uut{3};
  auto [row, opened] = uut.obtain(4);
  CAF_CHECK(opened);
  CAF_CHECK(!row.has_reading(2));
  row.set_reading(2);
  row.value(2, value_bits::of(1.5));
  row.aux(2, 77);
  row.fill(0, value_bits::of(2.5));
  uut.obtain(3);
  uut.obtain(5);
  auto [again, opened_again] = uut.obtain(4);
  CAF_CHECK(!opened_again);
  CAF_CHECK(again.has_reading(2));
  CAF_CHECK(!again.has_reading(0));
  CAF_CHECK(again.is_filled(0));
  CAF_CHECK(!again.is_filled(1));
  CAF_CHECK_EQUAL(again.value(2).as_double(), 1.5);
  CAF_CHECK_EQUAL(again.value(0).as_double(), 2.5);
  CAF_CHECK_EQUAL(again.aux(2), 77u);
}

CAF_TEST(any order of insertions and removals equals a sorted set) {
  // Seeds are enough to split chunks in the middle, and to fill them from both
  // ends.
  for (auto seed = 0u; seed < 50; ++seed) {
    std::mt19937 random{seed};
    row_buffer uut{static_cast<uint16_t>(1 + seed % 5)};
    std::set<uint32_t> expected;
    for (auto i = 0; i < 600; ++i) {
      if (random() % 10 == 0) {
        auto n = random() % (uut.size() + 1) / 4;
        uut.pop_front(n);
        expected.erase(expected.begin(),
                       std::next(expected.begin(), static_cast<long>(n)));
      } else {
        auto slot = static_cast<uint32_t>(1 + random() % 400);
        CAF_REQUIRE_EQUAL(uut.obtain(slot).second,
                          expected.insert(slot).second);
      }
      CAF_REQUIRE_EQUAL(uut.size(), expected.size());
    }
    CAF_REQUIRE_EQUAL(slots_of(uut), slots(expected.begin(), expected.end()));
    size_t at = 0;
    for (auto slot : expected)
      CAF_REQUIRE_EQUAL(uut.at(at++).slot(), slot);
  }
}

CAF_TEST(a row of one source takes 16 bytes and little more) {
  CAF_CHECK_EQUAL(row_view::bytes(1), 16u);
  // 10 minutes of 10 s slots for each of a thousand files.
  std::vector<row_buffer> files(1000);
  size_t bytes = 0;
  size_t rows = 0;
  for (auto& file : files) {
    for (auto slot = 1u; slot <= 60; ++slot)
      file.obtain(slot);
    bytes += file.allocated_bytes() + sizeof(file);
    rows += file.size();
  }
  CAF_CHECK_EQUAL(rows, 60'000u);
  // The allocator's and the chunks' share included.
  CAF_CHECK_LESS(bytes, rows * 20);
}

CAF_TEST(a row of several sources is compact) {
  // Value and aux of each, the slot, two bits for each, rounded up to 8.
  CAF_CHECK_EQUAL(row_view::bytes(2), 32u);
  CAF_CHECK_EQUAL(row_view::bytes(4), 56u);
  CAF_CHECK_EQUAL(row_view::bytes(10), 128u);
}

#define CAF_SUITE row_buffer

#include "actors/cache/row_buffer.hpp"
#include "tests/test.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

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
  slab_allocator pool;
  row_buffer uut;
  for (auto slot : {5u, 9u, 7u, 1u, 9u})
    uut.get_or_create(slot, {pool, 1});
  CAF_CHECK_EQUAL(slots_of(uut), (slots{1, 5, 7, 9}));
  CAF_CHECK_EQUAL(slots_of(uut, 2), (slots{7, 9}));
  CAF_CHECK_EQUAL(uut.at(0).slot(), 1u);
  CAF_CHECK_EQUAL(uut.at(3).slot(), 9u);
  uut.pop_front(3);
  CAF_CHECK_EQUAL(slots_of(uut), (slots{9}));
  uut.pop_front(1);
  CAF_CHECK(uut.empty());
  CAF_CHECK_EQUAL(pool.used_bytes(), 0u);
}

CAF_TEST(a slot is new only once and keeps what it was given) {
  slab_allocator pool;
  row_shape shape{pool, 3};
  row_buffer uut;
  auto [row, opened] = uut.get_or_create(4, shape);
  CAF_CHECK(opened);
  CAF_CHECK(!row.has_reading(2));
  row.set_reading(2);
  row.value(2, value_bits::of(1.5));
  row.aux(2, 77);
  row.fill(0, value_bits::of(2.5));
  uut.get_or_create(3, shape);
  uut.get_or_create(5, shape);
  auto [again, opened_again] = uut.get_or_create(4, shape);
  CAF_CHECK(!opened_again);
  CAF_CHECK(again.has_reading(2));
  CAF_CHECK(!again.has_reading(0));
  CAF_CHECK(again.is_filled(0));
  CAF_CHECK(!again.is_filled(1));
  CAF_CHECK_EQUAL(again.value(2).as_double(), 1.5);
  CAF_CHECK_EQUAL(again.value(0).as_double(), 2.5);
  CAF_CHECK_EQUAL(again.aux(2), 77u);
}

CAF_TEST(a row that is added stands behind those of its slot) {
  for (auto seed = 0u; seed < 200; ++seed) {
    std::mt19937 random{seed};
    auto below
      = [&](unsigned n) { return static_cast<uint32_t>(random() % n); };
    slab_allocator pool;
    row_shape shape{pool, static_cast<uint16_t>(2 + below(40))};
    auto range = seed % 3 == 0 ? 20'000u : 60u;
    row_buffer uut;
    std::vector<std::pair<uint32_t, uint64_t>> expected;
    for (auto i = uint64_t{1}; i <= 150; ++i) {
      if (below(20) == 0) {
        auto n = below(uut.size() + 1) / 3;
        uut.pop_front(n);
        uut.fit(shape);
        expected.erase(expected.begin(), expected.begin() + n);
      }
      auto slot = 1 + below(range);
      auto row = uut.add(slot, shape);
      CAF_REQUIRE_EQUAL(row.slot(), slot);
      row.value(1, {i});
      auto behind
        = std::upper_bound(expected.begin(), expected.end(), slot,
                           [](uint32_t x, auto& y) { return x < y.first; });
      expected.emplace(behind, slot, i);
      CAF_REQUIRE_EQUAL(uut.last_slot(), expected.back().first);
    }
    std::vector<std::pair<uint32_t, uint64_t>> found;
    uut.for_each(0, [&](row_view row) {
      found.emplace_back(row.slot(), row.value(1).bits);
      return true;
    });
    CAF_REQUIRE(found == expected);
    uut.clear();
    CAF_REQUIRE_EQUAL(pool.used_bytes(), 0u);
  }
}

CAF_TEST(few rows stay in a small chunk however many pass through it) {
  constexpr auto count = 4000u;
  for (auto rows : {1u, 2u, 5u}) {
    slab_allocator pool;
    row_shape shape{pool, 1};
    std::vector<row_buffer> uut(count);
    // Once many wait at once, which is to leave nothing behind.
    for (auto slot = 1u; slot <= 80; ++slot)
      for (auto& x : uut) {
        x.get_or_create(slot, shape);
        auto keep = slot > 30 && slot < 45 ? 15 : rows;
        if (x.size() > keep)
          x.pop_front(x.size() - keep);
      }
    CAF_CHECK_EQUAL(uut[0].at(0).slot(), 81 - rows);
    // A header with room for three rows or seven.
    auto chunk = rows < 3 ? 64u : 112u;
    CAF_CHECK_LESS_OR_EQUAL(pool.used_bytes(), count * chunk * 5 / 4);
  }
}

CAF_TEST(few rows of many can be moved into a small chunk) {
  constexpr auto count = 4000u;
  for (auto sources : {uint16_t{1}, uint16_t{20}}) {
    slab_allocator pool;
    row_shape shape{pool, sources};
    std::vector<row_buffer> uut(count);
    for (auto slot = 1u; slot <= 16; ++slot)
      for (auto& x : uut) {
        auto [row, opened] = x.get_or_create(slot, shape);
        row.value(0, value_bits::of(uint64_t{slot}));
      }
    auto full = pool.used_bytes();
    for (auto& x : uut) {
      x.pop_front(15);
      x.fit(shape);
      CAF_REQUIRE_EQUAL(x.at(0).slot(), 16u);
      CAF_REQUIRE_EQUAL(x.at(0).value(0).bits, 16u);
      x.get_or_create(17, shape);
      CAF_REQUIRE_EQUAL(slots_of(x), (slots{16, 17}));
    }
    // Of the slabs of full chunks some stay as spare ones.
    CAF_CHECK_LESS_OR_EQUAL(pool.used_bytes(), full / 2);
    for (auto& x : uut) {
      x.pop_front(2);
      x.fit(shape);
      CAF_REQUIRE(x.empty());
    }
  }
}

namespace {

/// Slots to put into a buffer, one of several kinds.
class slot_source {
public:
  explicit slot_source(unsigned seed) : random_{seed}, kind_{seed % 5} {
    // nop
  }

  uint32_t below(uint32_t n) {
    return static_cast<uint32_t>(random_() % n);
  }

  uint32_t next() {
    switch (kind_) {
      case 0: // chunks are split in the middle and filled from both ends
        return 1 + below(400);
      case 1: // no two fit into one chunk
        return 1 + below(1'000'000);
      case 2: // some do
        return 1 + below(10'000);
      case 3: // backwards
        return at_ -= 1 + below(3);
      default: // forwards, with some that come late
        at_ += below(300);
        return at_ - (below(3) == 0 ? below(900) : 0);
    }
  }

private:
  std::mt19937 random_;
  unsigned kind_;
  uint32_t at_ = 1'000'000;
};

/// Fits as often as it can, or never, into what the pool has.
constexpr uint16_t widths[] = {1, 2, 4, 9, 20, 50, 90, 300};

} // namespace

CAF_TEST(any order of insertions and removals equals a sorted map) {
  for (auto seed = 0u; seed < 120; ++seed) {
    slot_source source{seed};
    slab_allocator pool;
    row_shape shape{pool, widths[seed / 5 % 8]};
    auto last = shape.sources - 1u;
    row_buffer uut;
    std::map<uint32_t, uint32_t> expected;
    size_t differ = 0;
    for (auto i = 0; i < 500; ++i) {
      if (source.below(seed % 2 == 0 ? 10 : 3) == 0) {
        auto n = source.below(uut.size() + 1) / (1 + source.below(4));
        uut.pop_front(n);
        expected.erase(expected.begin(),
                       std::next(expected.begin(), static_cast<long>(n)));
        if (source.below(2) == 0)
          uut.fit(shape);
        continue;
      }
      auto slot = source.next();
      auto [row, opened] = uut.get_or_create(slot, shape);
      auto is_new = expected.emplace(slot, 0).second;
      differ += row.slot() != slot || opened != is_new
                || row.aux(last) != expected[slot];
      expected[slot] = source.below(1000);
      row.value(0, value_bits::of(uint64_t{slot}));
      row.aux(last, expected[slot]);
      auto first = source.below(uut.size());
      auto at = std::next(expected.begin(), static_cast<long>(first));
      differ += uut.at(first).slot() != at->first
                || uut.slot_at(first) != at->first
                || uut.slot_at(0) != expected.begin()->first
                || uut.last_slot() != expected.rbegin()->first;
      uut.for_each(first, [&](row_view x) {
        differ += at == expected.end() || x.slot() != at->first
                  || x.value(0).bits != at->first || x.aux(last) != at->second;
        ++at;
        return true;
      });
      differ += at != expected.end();
    }
    CAF_REQUIRE_EQUAL(differ, 0u);
    CAF_REQUIRE_EQUAL(uut.size(), expected.size());
    uut.clear();
    CAF_REQUIRE_EQUAL(pool.used_bytes(), 0u);
  }
}

CAF_TEST(a row of one source takes what it counts) {
  CAF_CHECK_EQUAL(row_buffer::cost(1), 16u);
  slab_allocator pool;
  // 10 minutes of 10 s slots for each of a thousand files; and any number of
  // rows. What the slabs have free is included.
  for (auto any : {false, true}) {
    std::vector<row_buffer> files(5000);
    size_t rows = 0;
    for (auto& file : files) {
      auto n = any ? 60 + rows % 61 : 60;
      for (auto slot = 1u; slot <= n; ++slot)
        file.get_or_create(slot, {pool, 1});
      rows += file.size();
    }
    CAF_CHECK_LESS(pool.used_bytes(), rows * row_buffer::cost(1));
  }
}

CAF_TEST(a row of several sources takes what it counts) {
  for (auto sources : std::vector<uint16_t>{2, 4, 10, 60, 80}) {
    slab_allocator pool;
    std::vector<row_buffer> files(1000);
    for (auto& file : files)
      for (auto slot = 1u; slot <= 60; ++slot)
        file.get_or_create(slot, {pool, sources});
    CAF_CHECK_LESS(pool.used_bytes(),
                   60'000 * row_buffer::cost(sources) + (1u << 17));
  }
}

CAF_TEST(a snapshot has a row as it always had) {
  for (auto sources : std::vector<uint16_t>{1, 3}) {
    slab_allocator pool;
    row_buffer uut;
    auto row = uut.get_or_create(7, {pool, sources}).first;
    row.value(0, value_bits::of(uint64_t{0x0102030405060708}));
    row.aux(0, 0x121314);
    row.heartbeat(0x11);
    if (sources == 3) {
      row.set_reading(0);
      row.fill(2, value_bits::of(uint64_t{0x21}));
    }
    std::string bytes(row_view::stored_bytes(sources), '?');
    row.store_to(bytes.data());
    std::string expected{"\x08\7\6\5\4\3\2\1", 8};
    if (sources == 3)
      expected += std::string(8, 0) + '\x21' + std::string(7, 0);
    expected += std::string{"\7\0\0\0\x14\x13\x12\x11", 8};
    if (sources == 3)
      expected += std::string(8, 0) + '\1' + '\4' + std::string(6, 0);
    CAF_CHECK_EQUAL(bytes, expected);
    CAF_CHECK_EQUAL(row_view::stored_slot(bytes.data(), sources), 7u);
    auto again = uut.get_or_create(8, {pool, sources}).first;
    again.load_from(bytes.data());
    std::string copy(bytes.size(), '?');
    again.store_to(copy.data());
    CAF_CHECK_EQUAL(copy.replace(size_t{8} * sources, 1, "\7"), bytes);
  }
}

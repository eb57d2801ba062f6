#define CAF_SUITE cache_parts

#include "actors/cache/event_queue.hpp"
#include "actors/cache/file_table.hpp"
#include "actors/cache/synced_positions.hpp"
#include "tests/test.hpp"

#include <memory>
#include <utility>
#include <vector>

using namespace rrdflow;

namespace {

definition_ptr make_definition(size_t sources = 1) {
  auto result = std::make_shared<file_definition>();
  result->sources.resize(sources);
  return result;
}

} // namespace

CAF_TEST(events come by time and then by file) {
  event_queue uut;
  for (auto [at, file] : {std::pair{20u, 3u}, {10u, 9u}, {20u, 1u}, {10u, 2u}})
    uut.push(at, file);
  uut.keep_if([](second32 at, file_id file) { return at != 20 || file != 3; });
  std::vector<std::pair<second32, file_id>> seen;
  while (!uut.empty()) {
    auto at = uut.next();
    seen.emplace_back(at, uut.pop());
  }
  CAF_CHECK(
    seen
    == (std::vector<std::pair<second32, file_id>>{{10, 2}, {10, 9}, {20, 1}}));
}

CAF_TEST(a position is safe once the journal is synced up to it) {
  synced_positions uut;
  CAF_CHECK(uut.is_synced(uut.number(0)));
  auto five = uut.number(5);
  CAF_CHECK_EQUAL(uut.number(5), five);
  auto seven = uut.number(7);
  uut.synced(4);
  CAF_CHECK(!uut.is_synced(five));
  uut.synced(6);
  CAF_CHECK(uut.is_synced(five));
  CAF_CHECK(!uut.is_synced(seven));
  uut.synced(100);
  CAF_CHECK(uut.is_synced(seven));
  CAF_CHECK(uut.is_synced(uut.number(9)));
  CAF_CHECK(!uut.is_synced(uut.number(101)));
}

CAF_TEST(a file keeps what it is given until it is removed) {
  file_table uut;
  auto one = make_definition();
  auto three = make_definition(3);
  // More than one block of memory.
  constexpr file_id files = 40'000;
  for (file_id i = 0; i < files; ++i) {
    auto& x = uut.add(2 * i, i % 2 == 0 ? one : three);
    auto last = uut.sources(x) - 1;
    uut.newest(x)[last] = {i + 1, value_bits::of(uint64_t{i})};
    row_past past = uut.past(x);
    past.end = i;
    past.sources[last] = {i, {value_bits::of(uint64_t{i} + 7), true}};
    uut.set_past(x, past);
    uut.sealed_at(x) = i;
    x.rows.obtain(i + 1, uut.shape(x));
  }
  CAF_CHECK_EQUAL(uut.size(), files);
  for (file_id i = 0; i < files; i += 3)
    uut.remove(*uut.find(2 * i));
  size_t differ = 0;
  for (file_id i = 0; i < files; ++i) {
    auto* x = uut.find(2 * i);
    if (i % 3 == 0) {
      differ += x != nullptr;
      continue;
    }
    auto last = static_cast<size_t>(uut.sources(*x) - 1);
    auto& past = uut.past(*x);
    differ += uut.newest(*x)[last].time != i + 1 || past.end != i
              || past.sources.size() != last + 1
              || past.sources[last].value.value.bits != uint64_t{i} + 7
              || uut.sealed_at(*x) != i || x->rows.at(0).slot() != i + 1;
  }
  CAF_CHECK_EQUAL(differ, 0u);
  // A place that is used again begins anew.
  auto& again = uut.add(1, one);
  CAF_CHECK_LESS(uut.place_of(again), size_t{files});
  CAF_CHECK_EQUAL(uut.past(again).end, 0);
  CAF_CHECK_EQUAL(uut.newest(again)->time, 0);
  CAF_CHECK(again.rows.empty());
  // Another definition with as many sources changes nothing else.
  auto& kept = *uut.find(2);
  uut.define(kept, make_definition(3));
  CAF_CHECK_EQUAL(uut.newest(kept)[2].time, 2);
  kept.rows.clear();
  uut.define(kept, one);
  CAF_CHECK_EQUAL(uut.newest(kept)->time, 0);
}

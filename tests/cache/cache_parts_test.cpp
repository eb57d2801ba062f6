#define CAF_SUITE cache_parts

#include "actors/cache/event_queue.hpp"
#include "actors/cache/slots.hpp"
#include "actors/cache/write_scheduler.hpp"
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

constexpr int64_t s = 1'000'000'000;

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
    previous_row previous = uut.previous(x);
    previous.end = i;
    previous.sources[last] = {i, {value_bits::of(uint64_t{i} + 7), true}};
    uut.set_previous(x, previous);
    uut.sealed_at(x) = i;
    x.rows.get_or_create(i + 1, uut.shape(x));
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
    auto& previous = uut.previous(*x);
    differ += uut.newest(*x)[last].time != i + 1 || previous.end != i
              || previous.sources.size() != last + 1
              || previous.sources[last].value.value.bits != uint64_t{i} + 7
              || uut.sealed_at(*x) != i || x->rows.at(0).slot() != i + 1;
  }
  CAF_CHECK_EQUAL(differ, 0u);
  // A place that is used again begins anew.
  auto& again = uut.add(1, one);
  CAF_CHECK_LESS(uut.place_of(again), size_t{files});
  CAF_CHECK_EQUAL(uut.previous(again).end, 0);
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

CAF_TEST(a slot covers its end but not its start) {
  CAF_CHECK_EQUAL(place_of(100 * s, 10).slot, 10);
  CAF_CHECK_EQUAL(place_of(100 * s + 1, 10).slot, 11);
  CAF_CHECK_EQUAL(place_of(109 * s, 10).slot, 11);
  CAF_CHECK_EQUAL(place_of(110 * s, 10).slot, 11);
  CAF_CHECK_EQUAL(place_of(110 * s + 1, 10).slot, 12);
}

CAF_TEST(slots go on below the epoch) {
  CAF_CHECK_EQUAL(place_of(1, 10).slot, 1);
  CAF_CHECK_EQUAL(place_of(0, 10).slot, 0);
  CAF_CHECK_EQUAL(place_of(-1, 10).slot, 0);
  CAF_CHECK_EQUAL(place_of(-10 * s + 1, 10).slot, 0);
  CAF_CHECK_EQUAL(place_of(-10 * s, 10).slot, -1);
  CAF_CHECK_EQUAL(place_of(-10 * s - 1, 10).slot, -1);
}

CAF_TEST(a fraction grows from the first to the last nanosecond of a slot) {
  // One second, five minutes, a year.
  for (int64_t step : {int64_t{1}, int64_t{300}, int64_t{365 * 86400}}) {
    auto end = 7 * step * s;
    auto begin = 6 * step * s;
    CAF_CHECK_EQUAL(place_of(begin + 1, step).fraction, 0u);
    CAF_CHECK_LESS(place_of(begin + step * s / 2, step).fraction,
                   place_of(end, step).fraction);
    CAF_CHECK_EQUAL(place_of(end + 1, step).fraction, 0u);
  }
  // Up to four seconds each nanosecond counts.
  CAF_CHECK_EQUAL(place_of(4 * s, 4).fraction, 4'000'000'000u - 1);
  CAF_CHECK_LESS(place_of(-1, 1).fraction, place_of(0, 1).fraction);
}

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
    auto last = uut.sources(x) - size_t{1};
    uut.newest(x)[last] = {i + 1, value_bits::of(uint64_t{i})};
    previous_row previous = uut.previous(x);
    previous.end = i;
    previous.sources[last]
      = {i * 1000, {value_bits::of(uint64_t{i} + 7), true}};
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

CAF_TEST(an offset grows from the first to the last nanosecond of a slot) {
  // One second, five minutes, a year.
  for (int64_t step : {int64_t{1}, int64_t{300}, int64_t{365 * 86400}}) {
    auto end = 7 * step * s;
    auto begin = 6 * step * s;
    CAF_CHECK_EQUAL(place_of(begin + 1, step).offset, 0);
    CAF_CHECK_EQUAL(place_of(end, step).offset, step * s - 1);
    CAF_CHECK_EQUAL(place_of(end + 1, step).offset, 0);
  }
  CAF_CHECK_EQUAL(place_of(-1, 1).offset, s - 2);
  CAF_CHECK_EQUAL(place_of(0, 1).offset, s - 1);
}

CAF_TEST(a rate keeps the millisecond of its newest reading) {
  for (int64_t step : {1, 10, 300, 3600}) {
    auto file = *make_definition();
    file.step = step;
    file.sources[0].type = source_type::counter;
    auto source = slot_source_of(file, 0);
    slab_allocator pool;
    row_buffer rows;
    auto row = rows.get_or_create(7, {pool, 1}).first;
    auto begin_ms = 6 * step * 1000;
    for (auto ms : {int64_t{1}, int64_t{2}, int64_t{999}, step * 1000}) {
      begin(row, 0, source, value_bits::of(uint64_t{5}), ms * 1'000'000 - 1);
      CAF_CHECK_EQUAL(reading_time(row, 0, file), begin_ms + ms);
      CAF_CHECK_EQUAL(row_time(row, file), begin_ms + ms);
      // The nearest one: seconds as a double are not exact.
      for (auto error : {-400'000, -200, 200, 400'000}) {
        auto offset = ms * 1'000'000 - 1 + error;
        if (offset >= step * s)
          continue;
        begin(row, 0, source, value_bits::of(uint64_t{5}), offset);
        CAF_CHECK_EQUAL(reading_time(row, 0, file), begin_ms + ms);
      }
      // Never the slot before.
      begin(row, 0, source, value_bits::of(uint64_t{5}), 0);
      CAF_CHECK_EQUAL(reading_time(row, 0, file), begin_ms + 1);
    }
    rows.clear();
  }
}

CAF_TEST(an interval in one byte is at most an eighth too long) {
  int64_t before = -1;
  for (int code = 0; code < 248; ++code) {
    coded_interval x{static_cast<uint8_t>(code)};
    CAF_CHECK_GREATER(x.eighths(), before);
    constexpr int64_t eighth = s / 8;
    CAF_CHECK_EQUAL(int{coded_interval::at_least(x.eighths() * eighth).code()},
                    code);
    if (code < 247) {
      coded_interval next = coded_interval::at_least(x.eighths() * eighth + 1);
      CAF_CHECK_EQUAL(int{next.code()}, code + 1);
      if (code >= 16)
        CAF_CHECK_LESS(next.eighths() * 8, x.eighths() * 9 + 1);
    }
    before = x.eighths();
  }
}

namespace {

int64_t heartbeat_after(const std::vector<double>& pauses, int64_t step = 10) {
  source_definition source;
  source.heartbeat_max = 86400;
  reading_interval x;
  for (auto pause : pauses)
    x.note(static_cast<int64_t>(pause * 1e9));
  return heartbeat_of(x.heartbeat(), source, step);
}

std::vector<double> times(size_t n, double pause) {
  return std::vector<double>(n, pause);
}

std::vector<double> join(std::vector<double> xs, std::vector<double> ys) {
  xs.insert(xs.end(), ys.begin(), ys.end());
  return xs;
}

} // namespace

CAF_TEST(the heartbeat is an hour until eight pauses are alike) {
  CAF_CHECK_EQUAL(heartbeat_after({}), 3600);
  CAF_CHECK_EQUAL(heartbeat_after(times(8, 10)), 3600);
  CAF_CHECK_EQUAL(heartbeat_after(times(9, 10)), 26);
  // Of a sensor that sends on change not so soon.
  CAF_CHECK_EQUAL(heartbeat_after(join({600}, times(60, 10))), 3600);
  // Longer pauses count at once.
  CAF_CHECK_EQUAL(heartbeat_after({3600}), 10240);
  // A step of an hour.
  CAF_CHECK_EQUAL(heartbeat_after({}, 3600), 7200);
}

CAF_TEST(the heartbeat is two and a half intervals) {
  for (auto interval : {1., 10., 60., 300., 3600.}) {
    auto heartbeat = heartbeat_after(times(20, interval), 1);
    CAF_CHECK_GREATER(heartbeat, static_cast<int64_t>(2.4 * interval));
    CAF_CHECK_LESS(heartbeat, static_cast<int64_t>(3.2 * interval + 2));
  }
  // Never below two steps, never above the bound.
  CAF_CHECK_EQUAL(heartbeat_after(times(20, 1), 300), 600);
  CAF_CHECK_EQUAL(heartbeat_after(times(20, 80000)), 86400);
}

CAF_TEST(an outage makes little difference to the heartbeat) {
  auto usual = heartbeat_after(times(50, 10));
  auto behind = heartbeat_after(join(times(50, 10), {36000}));
  CAF_CHECK_LESS(behind, 3 * usual);
  CAF_CHECK_EQUAL(
    heartbeat_after(join(join(times(50, 10), {36000}), times(200, 10))), usual);
}

CAF_TEST(a sensor that sends on change has the heartbeat of its long pauses) {
  // One pause in twenty is half an hour.
  std::vector<double> pauses;
  for (int i = 0; i < 20; ++i)
    pauses = join(join(pauses, times(19, 15)), {1800});
  CAF_CHECK_GREATER(heartbeat_after(pauses), 1800);
}

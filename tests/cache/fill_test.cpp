#define CAF_SUITE fill

#include "tests/cache/shard_fixture.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

/// The rows of a one-source file with a step of 10 s that gets `value` at each
/// of the given seconds.
std::string rows_of(source_definition source,
                    std::vector<std::pair<double, double>> readings) {
  shard uut;
  auto f = uut.open("f", define(10, {source}));
  for (auto [at, value] : readings)
    uut.put(f, at, value);
  // As shown while waiting, and as handed over, one row after the other.
  auto shown = show(uut.engine.waiting(f).rows);
  for (auto t = 0; t <= 1000; t += 10) {
    uut.advance_to(t);
    uut.write_all();
  }
  CAF_CHECK_EQUAL(show(uut.disk["f"]), shown);
  return shown;
}

} // namespace

CAF_TEST(heartbeat leaves a gap to RRD up to the heartbeat) {
  auto source = gauge_source(gap_fill::heartbeat, 30);
  CAF_CHECK_EQUAL(rows_of(source, {{10, 1}, {20, 2}}), "10=1 20=2");
  CAF_CHECK_EQUAL(rows_of(source, {{10, 1}, {40, 2}}), "10=1 40=2");
}

CAF_TEST(heartbeat puts an unknown row behind a longer gap) {
  auto source = gauge_source(gap_fill::heartbeat, 30);
  CAF_CHECK_EQUAL(rows_of(source, {{10, 1}, {50, 2}}), "10=1 40=U 50=2");
}

CAF_TEST(hold repeats the value before in front of the next) {
  auto source = gauge_source(gap_fill::hold, 30);
  CAF_CHECK_EQUAL(rows_of(source, {{10, 1}, {20, 2}}), "10=1 20=2");
  CAF_CHECK_EQUAL(rows_of(source, {{10, 1}, {40, 2}}), "10=1 30=1 40=2");
  CAF_CHECK_EQUAL(rows_of(source, {{10, 1}, {50, 2}}), "10=1 40=U 50=2");
}

CAF_TEST(none puts an unknown row in front of the next) {
  auto source = gauge_source(gap_fill::none, 30);
  CAF_CHECK_EQUAL(rows_of(source, {{10, 1}, {20, 2}}), "10=1 20=2");
  CAF_CHECK_EQUAL(rows_of(source, {{10, 1}, {30, 2}}), "10=1 20=U 30=2");
  CAF_CHECK_EQUAL(rows_of(source, {{10, 1}, {90, 2}}), "10=1 80=U 90=2");
}

CAF_TEST(what is not a gauge gets no extra rows) {
  for (auto type :
       {source_type::absolute, source_type::dcounter, source_type::dderive}) {
    auto source = other(type, 30);
    source.fill = gap_fill::none;
    CAF_CHECK_EQUAL(rows_of(source, {{10, 1}, {40, 2}, {90, 4}}),
                    "10=1 40=2 90=4");
  }
}

CAF_TEST(a counter keeps all of its 64 bits) {
  shard uut;
  auto f = uut.open("f", define(10, {other(source_type::counter, 30)}));
  uut.put_bits(f, 10, value_bits::of(uint64_t{0xffffffffffffffffu}));
  uut.put_bits(f, 20, value_bits::of(uint64_t{9007199254740993u}));
  CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows, 1, source_type::counter),
                  "10=18446744073709551615 20=9007199254740993");
}

CAF_TEST(the gap behind what a file had when it was taken over counts) {
  for (auto [fill, expected] : {std::pair{gap_fill::heartbeat, "40=1"},
                                std::pair{gap_fill::none, "30=U 40=1"},
                                // The value before is not known.
                                std::pair{gap_fill::hold, "30=U 40=1"}}) {
    shard uut;
    auto f = uut.open("f", define(10, {gauge_source(fill, 30)}), epoch + 15);
    uut.put(f, 40, 1);
    CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows), expected);
  }
  shard uut;
  auto f = uut.open("f", define(10, {gauge_source(gap_fill::heartbeat, 20)}),
                    epoch + 15);
  uut.put(f, 15, 1); // At the file's last update: late.
  uut.put(f, 40, 1);
  CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows), "30=U 40=1");
}

CAF_TEST(a value that is no number is unknown) {
  auto source = gauge_source(gap_fill::hold, 30);
  CAF_CHECK_EQUAL(rows_of(source, {{10, unknown}, {40, 2}}), "10=U 30=U 40=2");
}

// -- rows of several sources --------------------------------------------------

namespace {

struct readings {
  double at;
  double value;
  uint16_t source;
};

std::string rows_of(std::vector<source_definition> sources,
                    const std::vector<readings>& xs) {
  shard uut;
  auto n = sources.size();
  auto f = uut.open("f", define(10, std::move(sources)));
  for (auto x : xs)
    uut.put(f, x.at, x.value, x.source);
  auto shown = show(uut.engine.waiting(f).rows, n);
  // All rows wait when they are sealed.
  uut.advance_to(1000);
  uut.write_all();
  CAF_CHECK_EQUAL(show(uut.disk["f"], n), shown);
  return shown;
}

} // namespace

CAF_TEST(a cell without a reading is unknown with none) {
  auto a = gauge_source(gap_fill::heartbeat, 30);
  CAF_CHECK_EQUAL(
    rows_of({a, gauge_source(gap_fill::none, 30)},
            {{10, 1, 0}, {10, 5, 1}, {20, 2, 0}, {30, 3, 0}, {30, 6, 1}}),
    "10=1,5 20=2,U 30=3,6");
}

CAF_TEST(a cell without a reading has the last value with hold) {
  auto a = gauge_source(gap_fill::heartbeat, 30);
  CAF_CHECK_EQUAL(
    rows_of(
      {a, gauge_source(gap_fill::hold, 20)},
      {{10, 1, 0}, {20, 2, 0}, {20, 5, 1}, {30, 3, 0}, {40, 4, 0}, {50, 5, 0}}),
    "10=1,U 20=2,5 30=3,5 40=4,5 50=5,U");
}

CAF_TEST(a cell without a reading has the next value with heartbeat) {
  auto a = gauge_source(gap_fill::heartbeat, 30);
  auto b = gauge_source(gap_fill::heartbeat, 30);
  CAF_CHECK_EQUAL(
    rows_of(
      {a, b},
      {{10, 1, 0}, {10, 5, 1}, {20, 2, 0}, {30, 3, 0}, {40, 4, 0}, {40, 6, 1}}),
    "10=1,5 20=2,6 30=3,6 40=4,6");
  // From reading to reading it is longer than the heartbeat.
  CAF_CHECK_EQUAL(
    rows_of(
      {a, b},
      {{10, 1, 0}, {10, 5, 1}, {20, 2, 0}, {40, 3, 0}, {50, 4, 0}, {50, 6, 1}}),
    "10=1,5 20=2,U 40=3,U 50=4,6");
}

CAF_TEST(the next value must wait when the row is sealed) {
  shard uut;
  auto b = gauge_source(gap_fill::heartbeat, 30);
  auto f = uut.open("f", define(10, {b, b}));
  uut.put(f, 10, 1, 0);
  uut.put(f, 10, 5, 1);
  uut.put(f, 20, 2, 0);
  uut.advance_to(20);
  uut.put(f, 30, 6, 1);
  uut.advance_to(40);
  uut.write_all();
  CAF_CHECK_EQUAL(show(uut.disk["f"], 2), "10=1,5 20=2,U 30=U,6");
}

CAF_TEST(a counter without a reading is between those around it) {
  auto a = gauge_source(gap_fill::heartbeat, 30);
  std::vector<readings> xs{{10, 1, 0}, {10, 100, 1}, {20, 2, 0},  {30, 3, 0},
                           {40, 4, 0}, {50, 5, 0},   {50, 200, 1}};
  for (auto type : {source_type::dcounter, source_type::dderive}) {
    CAF_CHECK_EQUAL(rows_of({a, other(type, 40)}, xs),
                    "10=1,100 20=2,125 30=3,150 40=4,175 50=5,200");
    CAF_CHECK_EQUAL(rows_of({a, other(type, 39)}, xs),
                    "10=1,100 20=2,U 30=3,U 40=4,U 50=5,200");
  }
}

CAF_TEST(a counter that is read within a slot is carried to its end) {
  auto a = gauge_source(gap_fill::heartbeat, 30);
  CAF_CHECK_EQUAL(rows_of({a, other(source_type::dderive, 40)}, {{10, 1, 0},
                                                                 {7, 70, 1},
                                                                 {20, 2, 0},
                                                                 {30, 3, 0},
                                                                 {37, 370, 1},
                                                                 {40, 4, 0}}),
                  "10=1,100 20=2,200 30=3,300 40=4,U");
}

CAF_TEST(ABSOLUTE without a reading has its share of the next) {
  auto a = gauge_source(gap_fill::heartbeat, 30);
  CAF_CHECK_EQUAL(rows_of({a, other(source_type::absolute, 20)}, {{10, 1, 0},
                                                                  {20, 2, 0},
                                                                  {20, 7, 1},
                                                                  {30, 3, 0},
                                                                  {40, 4, 0},
                                                                  {40, 8, 1},
                                                                  {50, 5, 0}}),
                  "10=1,U 20=2,7 30=3,4 40=4,4 50=5,U");
  CAF_CHECK_EQUAL(rows_of({a, other(source_type::absolute, 20)}, {{10, 1, 0},
                                                                  {10, 7, 1},
                                                                  {20, 2, 0},
                                                                  {25, 15, 1},
                                                                  {30, 3, 0},
                                                                  {40, 4, 0},
                                                                  {40, 30, 1}}),
                  "10=1,7 20=2,10 30=3,15 40=4,20");
}

CAF_TEST(a file of rates has its rows at their own times) {
  auto x = other(source_type::dderive, 60);
  CAF_CHECK_EQUAL(rows_of({x, x}, {{3.5, 10, 0},
                                   {3.5, 20, 1},
                                   {13.25, 110, 0},
                                   {23.5, 220, 1},
                                   {23.5, 210, 0}}),
                  "3.500=10,20 13.250=110,117.5 23.500=210,220");
}

CAF_TEST(an extra row that one source needs suits the others) {
  auto next = gauge_source(gap_fill::heartbeat, 30);
  auto hold = gauge_source(gap_fill::hold, 30);
  auto none = gauge_source(gap_fill::none, 30);
  auto counter = other(source_type::dcounter, 30);
  auto absolute = other(source_type::absolute, 30);
  std::vector<readings> xs;
  for (uint16_t i = 0; i < 5; ++i) {
    xs.push_back({10, 1.0 + i, i});
    xs.push_back({40, 11.0 + i, i});
  }
  CAF_CHECK_EQUAL(rows_of({next, hold, none, counter, absolute}, xs),
                  "10=1,2,3,4,5 30=11,2,U,10.6667,10 40=11,12,13,14,5");
}

CAF_TEST(an extra row behind a heartbeat is unknown) {
  auto next = gauge_source(gap_fill::heartbeat, 20);
  auto counter = other(source_type::dcounter, 20);
  auto absolute = other(source_type::absolute, 30);
  std::vector<readings> xs;
  for (uint16_t i = 0; i < 3; ++i) {
    xs.push_back({10, 1.0 + i, i});
    xs.push_back({40, 11.0 + i, i});
  }
  CAF_CHECK_EQUAL(rows_of({next, counter, absolute}, xs),
                  "10=1,2,3 30=U,U,8.66667 40=11,12,4.33333");
}

CAF_TEST(no extra row comes where none is needed) {
  auto next = gauge_source(gap_fill::heartbeat, 30);
  auto counter = other(source_type::dcounter, 20);
  CAF_CHECK_EQUAL(rows_of({next, counter},
                          {{10, 1, 0}, {10, 2, 1}, {40, 3, 0}, {40, 4, 1}}),
                  "10=1,2 40=3,4");
  // Only what has a reading behind the gap counts.
  CAF_CHECK_EQUAL(rows_of({next, gauge_source(gap_fill::none, 30)},
                          {{10, 1, 0}, {10, 2, 1}, {40, 3, 0}}),
                  "10=1,2 40=3,U");
}

CAF_TEST(a source that begins late does not reach back) {
  auto next = gauge_source(gap_fill::heartbeat, 30);
  CAF_CHECK_EQUAL(rows_of({next, next}, {{10, 1, 0}, {40, 2, 0}, {40, 5, 1}}),
                  "10=1,U 30=2,U 40=2,5");
}

CAF_TEST(an extra row never stands among sealed rows) {
  auto file = define(10, {gauge_source(gap_fill::none, 30),
                          gauge_source(gap_fill::none, 30)});
  slab_allocator pool;
  row_shape shape{pool, 2};
  row_buffer rows;
  for (uint32_t slot : {12u, 13u}) {
    auto row = rows.get_or_create(slot, shape).first;
    for (size_t i = 0; i < 2; ++i)
      begin(row, i, slot_source_of(*file, i), value_bits::of(1.0), 0);
  }
  // As a damaged snapshot may have it: before what is sealed.
  previous_row previous{50, std::vector<previous_reading>(2)};
  CAF_CHECK_EQUAL(complete_rows(*file, previous, rows, shape, 1, 1), 0u);
  CAF_CHECK_EQUAL(rows.size(), 2u);
  rows.clear();
}

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

CAF_TEST(a rate has an extra row in front of the slot of its reading) {
  // Counted at 1, then at 5 a second.
  std::vector<readings> xs{{10, 7, 0},   {3, 100, 1},  {70, 8, 0},
                           {43, 140, 1}, {83, 340, 1}, {130, 9, 0}};
  for (auto type : {source_type::dcounter, source_type::dderive}) {
    auto none = gauge_source(gap_fill::none, 120);
    CAF_CHECK_EQUAL(rows_of({none, other(type, 60)}, xs),
                    "10=7,107 40=U,137 50=U,175 60=U,225 70=8,275 80=U,325 "
                    "90=U,U 120=U,U 130=9,U");
    auto hold = gauge_source(gap_fill::hold, 120);
    CAF_CHECK_EQUAL(rows_of({hold, other(type, 60)}, xs),
                    "10=7,107 40=7,137 50=7,175 60=7,225 70=8,275 80=8,325 "
                    "90=8,U 120=8,U 130=9,U");
    auto next = gauge_source(gap_fill::heartbeat, 120);
    CAF_CHECK_EQUAL(rows_of({next, other(type, 60)}, xs),
                    "10=7,107 40=8,137 50=8,175 70=8,275 80=9,325 90=9,U "
                    "130=9,U");
    // Nothing is known of it there.
    CAF_CHECK_EQUAL(rows_of({next, other(type, 39)}, xs),
                    "10=7,U 50=8,U 70=8,U 90=9,U 130=9,U");
  }
}

CAF_TEST(a rate that is read at the end of its slot needs no extra row) {
  auto next = gauge_source(gap_fill::heartbeat, 60);
  CAF_CHECK_EQUAL(rows_of({next, other(source_type::dcounter, 60)},
                          {{10, 7, 0}, {10, 100, 1}, {40, 8, 0}, {40, 200, 1}}),
                  "10=7,100 40=8,200");
}

CAF_TEST(rates that are read at once need no extra row) {
  auto x = other(source_type::dderive, 60);
  CAF_CHECK_EQUAL(rows_of({x, x}, {{3, 10, 0},
                                   {3, 20, 1},
                                   {13, 20, 0},
                                   {13, 50, 1},
                                   {43, 110, 0},
                                   {43, 20, 1}}),
                  "3=10,20 13=20,50 43=110,20");
}

CAF_TEST(rates that are read one after the other have an extra row) {
  auto x = other(source_type::dderive, 60);
  // In front of the slot of 13, 17 there is a row already, within its own.
  CAF_CHECK_EQUAL(rows_of({x, x}, {{3, 10, 0},
                                   {7, 20, 1},
                                   {13, 20, 0},
                                   {17, 40, 1},
                                   {43, 140, 0},
                                   {47, 40, 1}}),
                  "7=14,20 10=17,26 17=36,40 40=128,40 47=U,40");
}

CAF_TEST(a rate is known up to the slot of its last reading) {
  auto x = other(source_type::dderive, 60);
  CAF_CHECK_EQUAL(rows_of({x, x},
                          {{2, 0, 0}, {3, 0, 1}, {38, 72, 0}, {39, 36, 1}}),
                  "3=2,0 30=56,27 39=U,36");
}

CAF_TEST(the first ABSOLUTE does not reach back) {
  auto next = gauge_source(gap_fill::heartbeat, 60);
  CAF_CHECK_EQUAL(rows_of({next, other(source_type::absolute, 60)},
                          {{10, 7, 0}, {40, 30, 1}, {50, 8, 0}, {60, 4, 1}}),
                  "10=7,U 30=8,U 40=8,30 50=8,2 60=U,2");
}

CAF_TEST(rows of rates are the same when they are sealed one by one) {
  for (auto type : {source_type::absolute, source_type::dderive}) {
    std::vector<readings> xs{{3, 30, 0},  {3, 10, 1},  {13, 20, 0}, {13, 60, 1},
                             {23, 80, 0}, {26, 13, 1}, {49, 26, 0}, {48, 22, 1},
                             {59, 90, 0}, {68, 40, 1}};
    auto x = other(type, 30);
    auto at_once = rows_of({x, x}, xs);
    CAF_CHECK_EQUAL(at_once.substr(0, 20), "3=30,10 13=20,60 20=");
    shard uut;
    auto f = uut.open("f", define(10, {x, x}));
    for (auto y : xs) {
      uut.advance_to(static_cast<int64_t>(y.at) / 10 * 10);
      uut.write_all();
      uut.put(f, y.at, y.value, y.source);
    }
    uut.advance_to(1000);
    uut.write_all();
    CAF_CHECK_EQUAL(show(uut.disk["f"], 2), at_once);
    CAF_CHECK(uut.balanced());
  }
}

CAF_TEST(a row keeps the time of a reading that counts nothing) {
  auto x = other(source_type::absolute, 20);
  CAF_CHECK_EQUAL(
    rows_of({x, x},
            {{3, 30, 0}, {3, 10, 1}, {33, 20, 0}, {53, 20, 1}, {63, 20, 1}}),
    "3=30,10 33=U,U 53=U,U 63=U,20");
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

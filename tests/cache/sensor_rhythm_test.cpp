#define CAF_SUITE sensor_rhythm

#include "tests/cache/shard_fixture.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

source_definition learning(source_type type = source_type::gauge) {
  auto result = gauge_source(gap_fill::hold, 3600);
  result.type = type;
  result.heartbeat_max = 86400;
  return result;
}

/// The heartbeats of the rows of a file, each with the first row that has it:
/// "10:3600 90:26".
std::string heartbeats(const row_block& rows) {
  std::string result;
  for (size_t i = 0; i < rows.times.size(); ++i)
    if (i == 0 || rows.heartbeats[i] != rows.heartbeats[i - 1])
      result += (i == 0 ? "" : " ") + std::to_string(rows.times[i] - epoch)
                + ':' + std::to_string(rows.heartbeats[i]);
  return result;
}

size_t unknown_rows(const row_block& rows) {
  size_t result = 0;
  for (auto& x : rows.cells)
    result += x.known ? 0 : 1;
  return result;
}

void tell_unknown(shard& x, file_id file, double at) {
  sample_batch batch;
  batch.samples.push_back(
    {file,
     sample::unknown_bit,
     0,
     epoch * 1'000'000'000 + static_cast<int64_t>(at * 1e9),
     {}});
  batch.upto = ++x.journal;
  x.engine.put(batch);
}

} // namespace

CAF_TEST(the heartbeat of rows follows the readings) {
  shard uut;
  auto f = uut.open("f", define(10, {learning()}));
  for (auto i = 1; i <= 30; ++i)
    uut.put(f, 10 * i, i);
  CAF_CHECK_EQUAL(heartbeats(uut.engine.waiting(f).rows), "10:3600 110:26");
  auto last = uut.engine.last({f});
  CAF_CHECK_EQUAL(last.at(0).heartbeat, 26);
}

CAF_TEST(a sensor of any interval has no gap) {
  for (auto interval : {1., 10., 60., 300., 3600.}) {
    shard uut;
    auto f = uut.open("f", define(10, {learning()}));
    // Now a bit earlier, then a bit later.
    for (auto i = 1; i <= 50; ++i)
      uut.put(f, interval * i + (i % 2 == 0 ? 0 : interval / 30), i);
    auto rows = uut.engine.waiting(f).rows;
    CAF_CHECK_LESS(unknown_rows(rows), 2u);
  }
}

CAF_TEST(an outage is unknown and the reading behind it is not ) {
  shard uut;
  auto f = uut.open("f", define(10, {learning()}));
  for (auto i = 1; i <= 20; ++i)
    uut.put(f, 10 * i, 1);
  uut.put(f, 1000, 2);
  uut.put(f, 1010, 3);
  auto shown = show(uut.engine.waiting(f).rows);
  CAF_CHECK_EQUAL(shown.substr(shown.find("200=")),
                  "200=1 990=U 1000=2 1010=3");
}

CAF_TEST(what is held is shown up to now) {
  shard uut;
  auto f = uut.open("f", define(10, {learning()}));
  uut.advance_to(0);
  uut.put(f, 10, 7);
  uut.advance_to(1005);
  CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows), "10=7 1000=7");
  // What is in the file goes on, too.
  uut.write_all();
  CAF_CHECK_EQUAL(show(uut.disk["f"]), "10=7");
  CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows), "1000=7");
  // Not beyond the heartbeat.
  uut.advance_to(3610);
  CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows), "3610=7");
  uut.advance_to(3620);
  CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows), "");
}

CAF_TEST(only a hold goes on) {
  for (auto fill : {gap_fill::heartbeat, gap_fill::none}) {
    shard uut;
    auto f = uut.open("f", define(10, {gauge_source(fill, 600)}));
    uut.put(f, 10, 7);
    uut.advance_to(100);
    CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows), "10=7");
  }
}

CAF_TEST(the word unknown ends a hold) {
  shard uut;
  auto f = uut.open("f", define(10, {learning()}));
  uut.put(f, 10, 7);
  tell_unknown(uut, f, 45);
  uut.advance_to(60);
  CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows), "10=7 40=7 50=U");
  uut.put(f, 90, 8);
  CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows), "10=7 40=7 50=U 80=U 90=8");
  // The last value is the last one that was known.
  tell_unknown(uut, f, 105);
  CAF_CHECK_EQUAL(uut.newest(f), 8);
}

CAF_TEST(the word unknown in a slot with readings) {
  // Of `last` the later one counts.
  shard last;
  auto f = last.open("f", define(10, {learning()}));
  // Of what never had a value it says nothing.
  tell_unknown(last, f, 1);
  CAF_CHECK_EQUAL(show(last.engine.waiting(f).rows), "");
  last.put(f, 2, 9);
  tell_unknown(last, f, 3);
  last.put(f, 5, 1);
  last.put(f, 15, 2);
  tell_unknown(last, f, 17);
  tell_unknown(last, f, 25);
  last.put(f, 21, 3);
  CAF_CHECK_EQUAL(show(last.engine.waiting(f).rows), "10=1 20=U 30=U");
  // Other samples keep what they have of the slot.
  auto source = learning();
  source.sample = slot_sample::mean;
  shard mean;
  auto g = mean.open("f", define(10, {source}));
  mean.put(g, 5, 1);
  mean.put(g, 6, 3);
  tell_unknown(mean, g, 7);
  mean.put(g, 40, 5);
  CAF_CHECK_EQUAL(show(mean.engine.waiting(g).rows), "10=2 20=U 30=U 40=5");
  tell_unknown(mean, g, 55);
  mean.put(g, 57, 4);
  mean.put(g, 58, 6);
  auto shown = show(mean.engine.waiting(g).rows);
  CAF_CHECK_EQUAL(shown.substr(shown.rfind(' ')), " 60=5");
}

CAF_TEST(the word unknown ends what a counter counts) {
  shard uut;
  auto f = uut.open("f", define(10, {learning(source_type::counter)}));
  uut.put_bits(f, 3.25, value_bits::of(uint64_t{5}));
  tell_unknown(uut, f, 14.5);
  uut.put_bits(f, 25, value_bits::of(uint64_t{9}));
  CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows, 1, source_type::counter),
                  "3.250=5 14.500=U 25=9");
}

// -- rates in files of several sources ----------------------------------------

namespace {

struct meter : shard {
  meter() {
    file = open("f", define(10, {gauge_source(gap_fill::hold, 60),
                                 other(source_type::dderive, 60)}));
    advance_to(0);
  }

  /// What is in the file once time has come to `at`.
  std::string written(int64_t at) {
    advance_to(at);
    write_all();
    return show(disk["f"], 2);
  }

  file_id file;
};

} // namespace

CAF_TEST(rows wait for the next reading of a rate) {
  meter uut;
  uut.put(uut.file, 5, 100, 1);
  for (auto at : {10, 20, 30})
    uut.put(uut.file, at, at, 0);
  CAF_CHECK_EQUAL(uut.written(40), "");
  uut.engine.flush({});
  auto done = uut.engine.take_finished();
  CAF_REQUIRE_EQUAL(done.size(), 1u);
  CAF_CHECK_EQUAL(done[0].outcome.waiting, 3u);
  uut.put(uut.file, 25, 300, 1);
  CAF_CHECK_EQUAL(uut.written(41), "10=10,150 20=20,250");
  uut.put(uut.file, 65, 700, 1);
  CAF_CHECK_EQUAL(uut.written(70), "10=10,150 20=20,250 30=30,350");
  uut.put(uut.file, 75, 800, 1);
  CAF_CHECK_EQUAL(uut.written(71), "10=10,150 20=20,250 30=30,350 60=30,650 "
                                   "70=30,750");
  CAF_CHECK(uut.balanced());
}

CAF_TEST(rows wait for a rate no longer than its heartbeat) {
  meter uut;
  uut.put(uut.file, 5, 100, 1);
  for (auto at = 10; at <= 100; at += 10)
    uut.put(uut.file, at, at, 0);
  CAF_CHECK_EQUAL(uut.written(65), "");
  CAF_CHECK_EQUAL(uut.written(66), "10=10,U 20=20,U 30=30,U 40=40,U 50=50,U "
                                   "60=60,U");
  CAF_CHECK(uut.balanced());
}

CAF_TEST(a counter goes round between two rows) {
  shard uut;
  auto f = uut.open("f", define(10, {other(source_type::counter, 60),
                                     other(source_type::counter, 60)}));
  auto put = [&](double at, uint64_t x, uint64_t y) {
    uut.put_bits(f, at, value_bits::of(x), 0);
    if (y != 0)
      uut.put_bits(f, at, value_bits::of(y), 1);
  };
  put(10, 4294967290u, 1);
  put(20, 4294967294u, 0);
  put(30, 4, 201);
  uut.advance_to(100);
  uut.write_all();
  CAF_CHECK_EQUAL(show(uut.disk["f"], 2, source_type::counter),
                  "10=4294967290,1 20=4294967294,101 30=4,201");
  CAF_CHECK(uut.balanced());
}

CAF_TEST(a heartbeat that is outlasted again and again is named once) {
  shard uut;
  auto f = uut.open("f", define(10, {gauge_source(gap_fill::hold, 20)}));
  auto g = uut.open("g", define(10, {gauge_source(gap_fill::hold, 70)}));
  std::vector<file_warning> found;
  for (auto i = 1; i <= 20; ++i) {
    uut.put(f, 60 * i, 1);
    uut.put(g, 60 * i, 1);
    for (auto& x : uut.engine.take_warnings())
      found.push_back(x);
  }
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  CAF_CHECK_EQUAL(found[0].file, f);
  CAF_CHECK_EQUAL(found[0].text.find("its readings come each 1m or so, but its "
                                     "heartbeat is 20s"),
                  0u);
  auto losses = uut.engine.losses().list({f}, 0);
  CAF_CHECK_EQUAL(losses.at(0).reason, "heartbeat");
  CAF_CHECK_EQUAL(uut.stat("heartbeats_outlasted"), 1);
}

CAF_TEST(a counter without max that goes back is named once) {
  shard uut;
  auto counter = other(source_type::counter, 20);
  auto bounded = counter;
  bounded.max = 1000;
  auto f = uut.open("f", define(10, {counter}));
  auto g = uut.open("g", define(10, {bounded}));
  auto h = uut.open("h", define(10, {other(source_type::derive, 20)}));
  auto put = [&](double at, uint64_t value) {
    for (auto file : {f, g, h})
      uut.put_bits(file, at, {value});
  };
  put(190, 5000);
  put(200, 5100);
  put(210, 7);
  put(220, 5);
  auto found = uut.engine.take_warnings();
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  CAF_CHECK_EQUAL(found[0].file, f);
  CAF_CHECK_EQUAL(found[0].text.find("its COUNTER went back from 5100 to 7"),
                  0u);
  CAF_CHECK_NOT_EQUAL(found[0].text.find("max = "), std::string::npos);
  auto kept = uut.engine.losses().list({f}, 0);
  CAF_REQUIRE_EQUAL(kept.size(), 1u);
  CAF_CHECK_EQUAL(kept[0].count, 2u);
  CAF_MESSAGE("but not one that overflows");
  auto w = uut.open("w", define(10, {counter}));
  uut.put_bits(w, 10, {(uint64_t{1} << 32) - 5});
  uut.put_bits(w, 20, {uint64_t{7}});
  uut.put_bits(w, 30, {~uint64_t{0} - 5});
  uut.put_bits(w, 40, {uint64_t{7}});
  CAF_CHECK(uut.engine.take_warnings().empty());
}

CAF_TEST(the reaper waits for the heartbeat) {
  shard uut;
  auto f = uut.open("f", define(10, {learning()}));
  uut.advance_to(10);
  uut.put(f, 10, 1);
  uut.advance_to(3000);
  uut.write_all();
  CAF_CHECK(uut.engine.idle(epoch + 2000).empty());
  uut.engine.retire({f}, epoch + 2000);
  CAF_CHECK(uut.engine.waiting(f).known);
  uut.advance_to(3611);
  CAF_CHECK_EQUAL(uut.engine.idle(epoch + 2000), std::vector<file_id>{f});
  uut.engine.retire({f}, epoch + 2000);
  CAF_CHECK(!uut.engine.waiting(f).known);
}

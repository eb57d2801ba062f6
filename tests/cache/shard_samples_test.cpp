#define CAF_SUITE shard_samples

#include "actors/base/calendar.hpp"
#include "tests/cache/shard_fixture.hpp"
#include "tests/test.hpp"

#include <algorithm>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

/// What the slot (0, 10] makes of three readings that come in this order.
std::string slot_of_three(slot_sample kind) {
  shard uut;
  auto f
    = uut.open("f", define(10, {gauge_source(gap_fill::heartbeat, 20, kind)}));
  uut.put(f, 7, 4);
  uut.put(f, 9, 1);
  uut.put(f, 3, 8);
  CAF_CHECK_EQUAL(uut.stat("samples_merged_total"), 3);
  CAF_CHECK_EQUAL(uut.stat("rows_opened_total"), 1);
  return show(uut.engine.waiting(f).rows);
}

} // namespace

CAF_TEST(each sample keeps of a slot what it says) {
  CAF_CHECK_EQUAL(slot_of_three(slot_sample::last), "10=1");
  CAF_CHECK_EQUAL(slot_of_three(slot_sample::mean), "10=4.33333");
  CAF_CHECK_EQUAL(slot_of_three(slot_sample::min), "10=1");
  CAF_CHECK_EQUAL(slot_of_three(slot_sample::max), "10=8");
  CAF_CHECK_EQUAL(slot_of_three(slot_sample::sum), "10=13");
  CAF_CHECK_EQUAL(slot_of_three(slot_sample::count), "10=3");
}

CAF_TEST(one reading passes unchanged) {
  // A value without a short binary form.
  for (auto kind : {slot_sample::last, slot_sample::mean, slot_sample::min,
                    slot_sample::max, slot_sample::sum}) {
    shard uut;
    auto f = uut.open(
      "f", define(10, {gauge_source(gap_fill::heartbeat, 20, kind)}));
    uut.put(f, 1, 0.1);
    CAF_CHECK_EQUAL(uut.engine.waiting(f).rows.cells[0].value.as_double(), 0.1);
  }
}

CAF_TEST(of readings at one time the one that comes last counts) {
  shard uut;
  auto f = uut.open("f", define(10, {gauge_source(gap_fill::heartbeat, 20)}));
  uut.put(f, 5, 1);
  uut.put(f, 5, 2);
  CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows), "10=2");
  CAF_CHECK_EQUAL(uut.newest(f), 2);
}

CAF_TEST(a slot takes its start out and its end in) {
  shard uut;
  auto f = uut.open("f", define(10, {gauge_source(gap_fill::heartbeat, 20)}));
  uut.put(f, 10, 1);
  uut.put(f, 10.001, 2);
  uut.put(f, 20, 3);
  CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows), "10=1 20=3");
}

CAF_TEST(integers know only the last reading) {
  for (auto type : {source_type::counter, source_type::derive}) {
    auto source = other(type, 20);
    source.sample = slot_sample::sum;
    shard uut;
    auto f = uut.open("f", define(10, {source}));
    uut.put_bits(f, 8, value_bits::of(uint64_t{7}));
    uut.put_bits(f, 4, value_bits::of(uint64_t{9}));
    CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows, 1, type), "8=7");
    CAF_CHECK_EQUAL(uut.newest(f), 7);
  }
}

CAF_TEST(the newest reading is the newest by its time) {
  shard uut;
  auto source = gauge_source(gap_fill::heartbeat, 20);
  auto f = uut.open("f", define(10, {source, source}));
  uut.put(f, 25, 1);
  uut.put(f, 15, 2);
  auto last = uut.engine.last({f, 99});
  CAF_REQUIRE_EQUAL(last.size(), 3u);
  CAF_CHECK_EQUAL(last[0].value, 1);
  CAF_CHECK_EQUAL(last[0].time, (epoch + 25) * 1'000'000'000);
  CAF_CHECK_EQUAL(last[1].source, 1);
  CAF_CHECK_EQUAL(last[1].time, 0);
  CAF_CHECK_EQUAL(last[2].file, 99u);
  CAF_CHECK_EQUAL(last[2].time, 0);
}

CAF_TEST(negative numbers of DERIVE are shown as such) {
  shard uut;
  auto f = uut.open("f", define(10, {other(source_type::derive, 20)}));
  uut.put_bits(f, 5, value_bits::of(int64_t{-5}));
  CAF_CHECK_EQUAL(uut.newest(f), -5);
}

CAF_TEST(a reading at or before what is sealed is late) {
  shard uut;
  uut.engine.name_rules({"plant", "roof"});
  auto f = uut.open("f", define(10, {gauge_source(gap_fill::heartbeat, 20)}));
  uut.advance_to(0);
  uut.put(f, 5, 1);
  uut.advance_to(10);
  uut.put(f, 10, 2);
  uut.put(f, 6, 2);
  CAF_CHECK_EQUAL(uut.stat("samples_late_total", "plant"), 2);
  CAF_CHECK_EQUAL(uut.stat("samples_late_total", "roof"), 0);
  uut.put(f, 10.5, 3);
  CAF_CHECK_EQUAL(uut.stat("samples_merged_total"), 2);
  uut.write_all();
  CAF_CHECK_EQUAL(show(uut.disk["f"]), "10=1");
  CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows), "20=3");
  CAF_MESSAGE("and the last one is kept");
  auto losses = uut.engine.losses().list({f}, 0);
  CAF_REQUIRE_EQUAL(losses.size(), 1u);
  CAF_CHECK_EQUAL(losses[0].kind, "late");
  CAF_CHECK_EQUAL(losses[0].series, "f.rrd");
  CAF_CHECK_EQUAL(losses[0].count, 2u);
  CAF_CHECK_EQUAL(losses[0].payload,
                  "2 at " + iso_time((epoch + 6) * second_ns));
  CAF_CHECK_NOT_EQUAL(losses[0].text.find(iso_time((epoch + 10) * second_ns)),
                      std::string::npos);
  CAF_CHECK_EQUAL(uut.engine.losses().list({}, 1).size(), 1u);
  CAF_CHECK(uut.engine.losses().list({f + 1}, 9).empty());
}

CAF_TEST(a reading behind a slot that has no row is not late) {
  shard uut;
  auto f = uut.open("f", define(10, {gauge_source(gap_fill::heartbeat, 60)}));
  uut.advance_to(0);
  uut.put(f, 5, 1);
  uut.advance_to(100);
  uut.put(f, 15, 2);
  uut.advance_to(101);
  uut.write_all();
  CAF_CHECK_EQUAL(show(uut.disk["f"]), "10=1 20=2");
}

CAF_TEST(what cannot be a row is late) {
  shard uut;
  auto f = uut.open("f", define(1, {gauge_source(gap_fill::heartbeat, 20)}));
  uut.put(f, -1.0 * epoch, 1);             // the epoch itself
  uut.put(f, 4294967296.0 - epoch + 1, 1); // no slot of 32 bits
  uut.put(f, 5, 1, 7);                     // no such source
  uut.put(f + 1, 5, 1);                    // no such file
  CAF_CHECK_EQUAL(uut.stat("samples_late_total"), 4);
  CAF_CHECK_EQUAL(uut.stat("rows_opened_total"), 0);
}

CAF_TEST(rows that wait suit a new sample) {
  shard uut;
  auto with = [](slot_sample kind) {
    return define(10, {gauge_source(gap_fill::heartbeat, 20, kind)});
  };
  auto f = uut.open("f", with(slot_sample::mean));
  uut.put(f, 3, 2);
  uut.put(f, 4, 6);
  uut.engine.open({f, with(slot_sample::sum), 0});
  CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows), "10=4");
  uut.put(f, 5, 1);
  CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows), "10=5");
  uut.engine.open({f, with(slot_sample::mean), 0});
  CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows), "10=5");
  uut.put(f, 6, 7);
  CAF_CHECK_EQUAL(show(uut.engine.waiting(f).rows), "10=6");
}

CAF_TEST(rows that fit no longer are given up) {
  shard uut;
  auto f = uut.open("f", define(10, {gauge_source(gap_fill::heartbeat, 20)}));
  uut.advance_to(0);
  uut.put(f, 5, 1);
  uut.put(f, 15, 1);
  uut.advance_to(10);
  uut.engine.synced(uut.journal);
  auto jobs = uut.engine.take_jobs(false);
  CAF_REQUIRE_EQUAL(jobs.size(), 1u);
  uut.engine.open({f, define(20, {gauge_source(gap_fill::heartbeat, 20)}), 0});
  CAF_CHECK_EQUAL(uut.stat("rows_abandoned_total", "redefined"), 2);
  CAF_CHECK(uut.balanced());
  uut.put(f, 25, 3);
  // The old job's outcome means nothing any longer.
  uut.engine.finish({{f, write_status::done, 1, 0, 0, epoch + 10, ""}}, {});
  CAF_CHECK(uut.balanced());
  uut.advance_to(40);
  uut.write_all();
  CAF_CHECK_EQUAL(show(uut.disk["f"]), "20=U 40=3");
  CAF_CHECK(uut.balanced());
}

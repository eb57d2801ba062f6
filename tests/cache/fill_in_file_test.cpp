#define CAF_SUITE fill_in_file

// Writes the rows of a shard into RRD files with librrd, and looks at what
// fetch makes of them: the promises of `fill`, in the file itself.

#include "tests/cache/file_fixture.hpp"

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

/// Slots without a gap, with one of 3 steps and with one of 5; the heartbeat is
/// 3 steps.
void readings(file_fixture& x, bool job_by_job) {
  for (auto [at, value] :
       {std::pair{3., 1.25}, {12., 2.}, {41., 3.}, {100., 5.}, {110., 6.}}) {
    x.put(at, value);
    if (job_by_job)
      x.write_until(static_cast<int64_t>(at + 9) / 10 * 10);
  }
  x.write_until(120);
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(fill_in_file_tests, file_fixture)

CAF_TEST(heartbeat gives the gaps that RRD has by itself) {
  open({gauge_source(gap_fill::heartbeat, 30)});
  readings(*this, false);
  CAF_CHECK_EQUAL(fetch(110), "10=1.25 20=2 30=3 40=3 50=3 60=U 70=U 80=U "
                              "90=U 100=5 110=6");
}

CAF_TEST(hold keeps a value until the next) {
  open({gauge_source(gap_fill::hold, 30)});
  readings(*this, true);
  CAF_CHECK_EQUAL(fetch(110), "10=1.25 20=2 30=2 40=2 50=3 60=U 70=U 80=U "
                              "90=U 100=5 110=6");
}

CAF_TEST(none leaves each slot without a reading unknown) {
  open({gauge_source(gap_fill::none, 30)});
  readings(*this, true);
  CAF_CHECK_EQUAL(fetch(110), "10=1.25 20=2 30=U 40=U 50=3 60=U 70=U 80=U "
                              "90=U 100=5 110=6");
}

CAF_TEST(a value in the file is the value that was sent) {
  open({gauge_source(gap_fill::heartbeat, 30)});
  std::vector<double> sent{0.1, 2.5e-7, -1234567.891, 3e17, 1.0 / 3};
  for (size_t i = 0; i < sent.size(); ++i)
    put(10 * static_cast<double>(i) + 7, sent[i]);
  write_until(100);
  auto start = static_cast<time_t>(epoch);
  auto end = static_cast<time_t>(epoch + 40);
  unsigned long step = 10;
  unsigned long sources = 0;
  char** names = nullptr;
  rrd_value_t* data = nullptr;
  CAF_REQUIRE_EQUAL(rrd_fetch_r(file().c_str(), "AVERAGE", &start, &end, &step,
                                &sources, &names, &data),
                    0);
  for (size_t i = 0; i < sent.size(); ++i)
    CAF_CHECK_LESS(std::abs(data[i] - sent[i]), 4e-16 * std::abs(sent[i]));
  rrd_freemem(names[0]);
  rrd_freemem(names);
  rrd_freemem(data);
}

CAF_TEST(a counter keeps what it counted over a gap) {
  for (auto fill : {gap_fill::heartbeat, gap_fill::hold, gap_fill::none}) {
    std::filesystem::remove(file());
    created = false;
    auto source = other(source_type::counter, 30);
    source.fill = fill;
    definition = define(10, {source});
    f = uut.open("f" + std::to_string(static_cast<int>(fill)), definition);
    // More than a double tells apart.
    uut.put_bits(f, 10, value_bits::of(uint64_t{9007199254740993u}));
    uut.put_bits(f, 20, value_bits::of(uint64_t{9007199254741003u}));
    uut.put_bits(f, 50, value_bits::of(uint64_t{9007199254741063u}));
    uut.put_bits(f, 100, value_bits::of(uint64_t{9007199254741163u}));
    uut.put_bits(f, 110, value_bits::of(uint64_t{9007199254741183u}));
    write_until(200 + static_cast<int>(fill));
    CAF_CHECK_EQUAL(fetch(110), "10=U 20=1 30=2 40=2 50=2 60=U 70=U 80=U "
                                "90=U 100=U 110=2");
  }
}

CAF_TEST(ABSOLUTE spreads over a gap) {
  open({other(source_type::absolute, 30)});
  put(4, 10);
  put(6, 10);
  put(36, 60);
  write_until(40);
  CAF_CHECK_EQUAL(fetch(30), "10=2 20=2 30=2");
}

CAF_TEST(sources of one file keep their own promises) {
  open({gauge_source(gap_fill::heartbeat, 30), gauge_source(gap_fill::hold, 30),
        gauge_source(gap_fill::none, 30), other(source_type::dcounter, 30)});
  for (auto at : {10, 20, 50}) {
    for (uint16_t i = 0; i < 4; ++i)
      put(at, at + i, i);
  }
  // One of them alone.
  put(60, 60, 0);
  put(70, 70, 0);
  for (uint16_t i = 0; i < 4; ++i)
    put(80, 80 + i, i);
  write_until(80);
  CAF_CHECK_EQUAL(fetch(80), "10=10,11,12,U 20=20,21,22,1 30=50,21,U,1 "
                             "40=50,21,U,1 50=50,51,52,1 60=60,51,U,1 "
                             "70=70,51,U,1 80=80,81,82,1");
}

CAF_TEST(a counter changes in the slot of its reading) {
  // At 1, 5, 0, 2 a second in turn.
  for (auto job_by_job : {true, false}) {
    std::filesystem::remove(file());
    created = false;
    definition = define(10, {gauge_source(gap_fill::none, 300),
                             other(source_type::counter, 300)});
    f = uut.open("f" + std::to_string(job_by_job), definition);
    for (auto [at, counted] :
         {std::pair{3, 0}, {63, 60}, {123, 360}, {183, 360}, {243, 480}}) {
      put(at, counted, 1);
      put(at + 30, at, 0);
      if (job_by_job)
        write_until(at + 30);
    }
    write_until(job_by_job ? 1000 : 1001);
    CAF_CHECK_EQUAL(fetch(240),
                    "10=U,U 20=U,1 30=U,1 40=3,1 50=U,1 60=U,1 70=U,3.8 80=U,5 "
                    "90=U,5 100=63,5 110=U,5 120=U,5 130=U,1.5 140=U,0 150=U,0 "
                    "160=123,0 170=U,0 180=U,0 190=U,1.4 200=U,2 210=U,2 "
                    "220=183,2 230=U,2 240=U,2");
  }
}

CAF_TEST(a file of several sources is silent beyond the heartbeat) {
  open(
    {gauge_source(gap_fill::heartbeat, 30), other(source_type::dcounter, 30)});
  for (auto at : {10, 20, 60, 70}) {
    put(at, at, 0);
    put(at, at, 1);
  }
  write_until(70);
  CAF_CHECK_EQUAL(fetch(70),
                  "10=10,U 20=20,1 30=U,U 40=U,U 50=U,U 60=60,U 70=70,1");
}

CAF_TEST_FIXTURE_SCOPE_END()

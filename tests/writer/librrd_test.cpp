#define CAF_SUITE librrd

#include "actors/writer/librrd.hpp"
#include "tests/test.hpp"
#include "tests/writer/rrd_fixture.hpp"

#include <limits>
#include <random>

using namespace rrdflow;
using namespace rrdflow::test;

namespace {

std::string text(cell x, source_type type = source_type::gauge) {
  std::string result;
  librrd::append_value(result, x, type);
  return result;
}

struct librrd_fixture : store_fixture {
  /// What librrd makes of a gauge's value.
  double through_librrd(double x) {
    std::filesystem::remove(file("v"));
    write("v", rows(t0, {x}));
    return read("v", t0 - 10, t0 - 1).values.at(0);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(librrd_tests, librrd_fixture)

CAF_TEST(numbers are written as librrd reads them) {
  using limits = std::numeric_limits<double>;
  CAF_CHECK_EQUAL(text({}), "U");
  CAF_CHECK_EQUAL(text(number(limits::infinity())), "U");
  CAF_CHECK_EQUAL(text(number(limits::quiet_NaN())), "U");
  CAF_CHECK_EQUAL(text(number(21.5)), "21.5");
  CAF_CHECK_EQUAL(text(number(0.1)), "0.1");
  CAF_CHECK_EQUAL(text(number(-1e22)), "-1e+22");
  CAF_CHECK_EQUAL(text({value_bits::of(uint64_t{1} << 63), true},
                       source_type::counter),
                  "9223372036854775808");
  CAF_CHECK_EQUAL(text({value_bits::of(~uint64_t{0}), true},
                       source_type::counter),
                  "18446744073709551615");
  CAF_CHECK_EQUAL(text({value_bits::of(INT64_MIN), true}, source_type::derive),
                  "-9223372036854775808");
}

CAF_TEST(no number is longer than librrd remembers) {
  std::mt19937_64 random{7};
  for (auto i = 0; i < 100000; ++i) {
    value_bits bits{random()};
    for (auto type :
         {source_type::gauge, source_type::counter, source_type::derive})
      CAF_REQUIRE(text({bits, true}, type).size() <= 29);
  }
}

CAF_TEST(a gauge keeps its value to the accuracy of librrd) {
  for (auto x : {0.0, 1.0, -1.0, 21.5, 0.1, 1e-9, 123456.789, 1.0 / 3, -273.15,
                 9007199254740993.0, 6.02214076e23, 1e-300, 1e300}) {
    auto y = through_librrd(x);
    CAF_CHECK(std::abs(x - y) <= 1e-15 * std::abs(x));
  }
}

CAF_TEST(counters near their end are counted on) {
  auto definition
    = make_definition({make_source("value", source_type::counter)});
  row_block x;
  uint64_t first = (uint64_t{1} << 63) - 50;
  for (int64_t i = 0; i < 4; ++i) {
    x.times.push_back(t0 + i * 10);
    x.cells.push_back(
      {value_bits::of(first + static_cast<uint64_t>(i) * 50), true});
  }
  x.times.push_back(t0 + 40);
  x.cells.push_back({value_bits::of(~uint64_t{0}), true});
  write("c", x, definition);
  auto seen = read("c", t0, t0 + 29);
  for (size_t i = 0; i < 3; ++i)
    CAF_CHECK_EQUAL(seen.values.at(i), 5.0);
}

CAF_TEST(no daemon of rrdtool is asked) {
  ::setenv("RRDCACHED_ADDRESS", "unix:/nowhere", 1);
  librrd::initialise();
  CAF_CHECK(::getenv("RRDCACHED_ADDRESS") == nullptr);
  CAF_CHECK_EQUAL(write("a", rows(t0, {1})).written, 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

#define CAF_SUITE calendar

#include "actors/base/calendar.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

constexpr int64_t now = 1700000000;

/// -1 stands for "not a time".
int64_t parsed(std::string_view x) {
  return parse_time(x, now).value_or(-1);
}

std::string iso(int64_t x) {
  std::string result;
  append_iso(result, x);
  return result;
}

// 2018-03-25 and 2018-10-28, 00:00 UTC; Paris changes its clock at 01:00 UTC.
constexpr int64_t spring = 1521936000;
constexpr int64_t autumn = 1540684800;
constexpr int64_t hour = 3600;

int64_t at(const time_zone& clock, int64_t local) {
  return clock.to_utc(local).value_or(0);
}

} // namespace

CAF_TEST(epoch seconds are taken as they are) {
  CAF_CHECK_EQUAL(parsed("0"), 0);
  CAF_CHECK_EQUAL(parsed("1700000000"), 1700000000);
  CAF_CHECK_EQUAL(parsed("1700000000.75"), 1700000000);
  CAF_CHECK_EQUAL(parsed("now"), now);
}

CAF_TEST(distances count back from now) {
  CAF_CHECK_EQUAL(parsed("-90s"), now - 90);
  CAF_CHECK_EQUAL(parsed("-5m"), now - 300);
  CAF_CHECK_EQUAL(parsed("-1h30m"), now - 5400);
  CAF_CHECK_EQUAL(parsed("-2d"), now - 172800);
  CAF_CHECK_EQUAL(parsed("-1w"), now - 604800);
  CAF_CHECK_EQUAL(parsed("-1y"), now - 31536000);
  CAF_CHECK_EQUAL(parsed("-3600"), now - 3600);
}

CAF_TEST(ISO 8601 is read with and without a zone) {
  CAF_CHECK_EQUAL(parsed("2023-11-14T22:13:20Z"), now);
  CAF_CHECK_EQUAL(parsed("2023-11-14T22:13:20"), now);
  CAF_CHECK_EQUAL(parsed("2023-11-14 22:13:20.999Z"), now);
  CAF_CHECK_EQUAL(parsed("2023-11-14T23:13:20+01:00"), now);
  CAF_CHECK_EQUAL(parsed("2023-11-14T17:43:20-0430"), now);
  CAF_CHECK_EQUAL(parsed("2023-11-14T22:13Z"), now - 20);
  CAF_CHECK_EQUAL(parsed("2023-11-14"), now - 80000);
  CAF_CHECK_EQUAL(parsed("2024-02-29"), 1709164800);
  CAF_MESSAGE("a plus sign that a query string turned into a space");
  CAF_CHECK_EQUAL(parsed("2023-11-14T23:13:20 01:00"), now);
}

CAF_TEST(nonsense is no time) {
  for (auto x : {"",
                 "-",
                 "x",
                 "1e9",
                 "12 ",
                 " 12",
                 "-1x",
                 "-1h-",
                 "--1h",
                 "+1h",
                 "-99999999999y",
                 "-100y",
                 "999999999999999999999",
                 "999999999999",
                 "1700000000000",
                 "2023-13-01",
                 "2023-02-29",
                 "2023-00-10",
                 "2023-11-14T24:00:00Z",
                 "2023-11-14T22:60Z",
                 "2023-11-14T22:13:20Zx",
                 "2023-11-14T22",
                 "2023-11-14T",
                 "1969-12-31",
                 "2023-1-1",
                 "0x10",
                 "nan"})
    CAF_CHECK_EQUAL(std::make_pair(std::string{x}, parsed(x)),
                    std::make_pair(std::string{x}, int64_t{-1}));
}

CAF_TEST(times are shown in UTC) {
  CAF_CHECK_EQUAL(iso(0), "1970-01-01T00:00:00Z");
  CAF_CHECK_EQUAL(iso(now), "2023-11-14T22:13:20Z");
  CAF_CHECK_EQUAL(iso(951782400), "2000-02-29T00:00:00Z");
  CAF_CHECK_EQUAL(iso(253402300799), "9999-12-31T23:59:59Z");
  CAF_CHECK_EQUAL(iso_time(now * 1000000000), "2023-11-14T22:13:20Z");
  CAF_CHECK_EQUAL(iso_time(now * 1000000000 + 42999999),
                  "2023-11-14T22:13:20.042Z");
}

CAF_TEST(what is shown reads back) {
  for (int64_t t = 0; t < 4102444800; t += 7654321)
    CAF_REQUIRE_EQUAL(parsed(iso(t)), t);
}

CAF_TEST(the clock on the wall tells the time) {
  auto uut = time_zone::of("Europe/Paris");
  CAF_REQUIRE(uut);
  CAF_CHECK_EQUAL(at(*uut, spring), spring - hour);
  CAF_CHECK_EQUAL(at(*uut, spring + 2 * hour - 1), spring + hour - 1);
  CAF_CHECK(!uut->to_utc(spring + 2 * hour));
  CAF_CHECK(!uut->to_utc(spring + 3 * hour - 1));
  CAF_CHECK_EQUAL(uut->nearest_utc(spring + 2 * hour + 17), spring + hour);
  CAF_CHECK_EQUAL(at(*uut, spring + 3 * hour), spring + hour);
  // Twice: the first.
  CAF_CHECK_EQUAL(at(*uut, autumn + 2 * hour), autumn);
  CAF_CHECK_EQUAL(at(*uut, autumn + 3 * hour - 1), autumn + hour - 1);
  CAF_CHECK_EQUAL(at(*uut, autumn + 3 * hour), autumn + 2 * hour);
  CAF_CHECK_EQUAL(at(*time_zone::of("UTC"), 17), 17);
  CAF_CHECK_EQUAL(at(*time_zone::of("Asia/Kolkata"), spring),
                  spring - 5 * hour - hour / 2);
}

CAF_TEST(a zone that is none is an error) {
  for (auto name : {"", "Mars/Base", "../../etc/passwd"})
    CAF_CHECK(!time_zone::of(name));
}

#define CAF_SUITE units

#include "config/units.hpp"
#include "tests/test.hpp"

using namespace rrdflow;
using std::chrono::milliseconds;

CAF_TEST(durations have units) {
  auto ms = [](std::string_view x) {
    auto y = parse_duration(x);
    return y ? y->count() : -1;
  };
  CAF_CHECK_EQUAL(ms("200ms"), 200);
  CAF_CHECK_EQUAL(ms("0s"), 0);
  CAF_CHECK_EQUAL(ms("10s"), 10000);
  CAF_CHECK_EQUAL(ms("5m"), 300000);
  CAF_CHECK_EQUAL(ms("1h"), 3600000);
  CAF_CHECK_EQUAL(ms("1d"), 86400000);
  CAF_CHECK_EQUAL(ms("1w"), 7 * 86400000);
  CAF_CHECK_EQUAL(ms("1y"), 365ll * 86400000);
  CAF_CHECK_EQUAL(ms("1h30m"), 5400000);
  for (auto bad : {"", "s", "10", "10 s", "-1s", "1.5h", "10S", "1h30", "1mo",
                   "99999999999999999999s", "10001y", "5000y5001y"})
    CAF_CHECK_EQUAL(ms(bad), -1);
}

CAF_TEST(durations are printed in their largest whole unit) {
  for (auto x : {"0s", "1ms", "90s", "2h", "1w", "1y", "1500ms"})
    CAF_CHECK_EQUAL(print_duration(*parse_duration(x)), x);
  CAF_CHECK_EQUAL(print_duration(milliseconds{60000}), "1m");
}

CAF_TEST(sizes are bytes with binary or decimal units) {
  auto size
    = [](std::string_view x) { return parse_size(x).value_or(uint64_t(-1)); };
  CAF_CHECK_EQUAL(size("64MiB"), 64u << 20);
  CAF_CHECK_EQUAL(size("8GiB"), 8ull << 30);
  CAF_CHECK_EQUAL(size("1KiB"), 1024u);
  CAF_CHECK_EQUAL(size("1TiB"), 1ull << 40);
  CAF_CHECK_EQUAL(size("1kB"), 1000u);
  CAF_CHECK_EQUAL(size("2 MB"), 2000000u);
  CAF_CHECK_EQUAL(size("1GB"), 1000000000u);
  CAF_CHECK_EQUAL(size("1TB"), 1000000000000u);
  CAF_CHECK_EQUAL(size("12"), 12u);
  CAF_CHECK_EQUAL(size("12B"), 12u);
  for (auto bad : {"", "MiB", "1mib", "-1", "1.5MiB", "9999999TiB", "1MiB1"})
    CAF_CHECK_EQUAL(size(bad), uint64_t(-1));
}

CAF_TEST(sizes are printed for people) {
  CAF_CHECK_EQUAL(print_size(0), "0 B");
  CAF_CHECK_EQUAL(print_size(1023), "1023 B");
  CAF_CHECK_EQUAL(print_size(1536), "1.5 KiB");
  CAF_CHECK_EQUAL(print_size(1ull << 50), "1024.0 TiB");
}

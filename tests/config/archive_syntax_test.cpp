#define CAF_SUITE archive_syntax

#include "config/archive_syntax.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

std::string print(const std::vector<archive_definition>& list) {
  std::string result;
  for (auto& x : list)
    result += (result.empty() ? "" : " ") + std::string{to_string(x.function)}
              + ':' + std::to_string(x.steps) + ':' + std::to_string(x.rows);
  return result;
}

/// The default's resolutions and spans, both in seconds.
std::string print_default(int64_t step) {
  std::string result;
  for (auto& x : default_archives(step, 0.5))
    if (x.function == consolidation::average)
      result += (result.empty() ? "" : " ") + std::to_string(x.steps * step)
                + ':' + std::to_string(int64_t{x.rows} * x.steps * step);
  return result;
}

constexpr int64_t day = 86400;

} // namespace

CAF_TEST(an archive says resolution and span) {
  CAF_CHECK_EQUAL(print(parse_archive("10s for 1d", 10, 0.5).archives),
                  "AVERAGE:1:8640 MIN:1:8640 MAX:1:8640");
  CAF_CHECK_EQUAL(print(parse_archive("1m for 7d", 10, 0.5).archives),
                  "AVERAGE:6:10080 MIN:6:10080 MAX:6:10080");
  CAF_CHECK_EQUAL(print(parse_archive("1m for 150s LAST", 10, 0.5).archives),
                  "LAST:6:3");
  auto plain = parse_archive("RRA:AVERAGE:0.25:12:8640", 10, 0.5).archives;
  CAF_CHECK_EQUAL(print(plain), "AVERAGE:12:8640");
  CAF_CHECK_EQUAL(plain.at(0).xff, 0.25);
  auto own = parse_archive("10s for 1d", 10, 0.1).archives;
  CAF_CHECK_EQUAL(own.at(0).xff, 0.1);
}

CAF_TEST(what is no archive is refused) {
  for (auto bad : {"",
                   "10s",
                   "10s for",
                   "10s to 1d",
                   "10s for 1d NONE",
                   "15s for 1d",
                   "10s for 5s",
                   "500ms for 1d",
                   "10s for 1d LAST x",
                   "10s for 10000y",
                   "RRA:",
                   "RRA:AVERAGE:0.5:1",
                   "RRA:AVERAGE:1:1:10",
                   "RRA:NONE:0.5:1:10",
                   "RRA:AVERAGE:0.5:0:10",
                   "RRA:AVERAGE:0.5:1:0",
                   "RRA:AVERAGE:nan:1:10",
                   "RRA:AVERAGE:0.5:1:10:1",
                   "RRA:AVERAGE:0.5:1:999999999",
                   "RRA:AVERAGE:0.5:-1:10",
                   "rra:AVERAGE:0.5:1:10"}) {
    auto x = parse_archive(bad, 10, 0.5);
    CAF_CHECK(x.archives.empty());
    CAF_CHECK_NOT_EQUAL(x.mistake, "");
  }
}

CAF_TEST(the default covers two years) {
  CAF_CHECK_EQUAL(print_default(10), "10:86400 60:604800 3600:63072000");
  CAF_CHECK_EQUAL(print_default(1), "1:8640 60:604800 3600:63072000");
  CAF_CHECK_EQUAL(print_default(60), "60:86400 300:3024000 3600:63072000");
  CAF_CHECK_EQUAL(print_default(300), "300:432000 1800:18144000 "
                                      "10800:63072000");
  CAF_CHECK_EQUAL(print_default(3600), "3600:5184000 21600:63072000");
  CAF_CHECK_EQUAL(print_default(day),
                  std::to_string(day) + ':' + std::to_string(1440 * day));
  // An odd step has odd resolutions.
  CAF_CHECK_EQUAL(print_default(7), "7:60480 63:635040 3605:63069475");
}

CAF_TEST(the default suits every step) {
  for (int64_t step = 1; step <= 2 * day; step += step < 4000 ? 1 : 997) {
    int64_t span = 0;
    uint32_t steps = 0;
    for (auto& x : default_archives(step, 0.5)) {
      CAF_REQUIRE(x.rows > 0 && x.steps > 0);
      if (x.function != consolidation::average)
        continue;
      CAF_REQUIRE(x.steps > steps);
      CAF_REQUIRE(int64_t{x.rows} * x.steps * step > span);
      steps = x.steps;
      span = int64_t{x.rows} * x.steps * step;
    }
    CAF_REQUIRE(span > 723 * day);
  }
}

#define CAF_SUITE prometheus_text

#include "actors/serve/api/prometheus_text.hpp"
#include "tests/serve/prometheus_check.hpp"
#include "tests/test.hpp"

#include <limits>

using namespace rrdflow;

namespace {

/// The samples of `xs` as text; fails on any fault of the format.
std::map<std::string, std::string> samples(const metrics& xs) {
  prometheus_text uut;
  uut.add(xs);
  test::prometheus_check check{uut.text()};
  CAF_CHECK_EQUAL(check.fault(), "");
  return check.samples();
}

using expected = std::map<std::string, std::string>;

} // namespace

CAF_TEST(metrics of equal name and labels are added) {
  CAF_CHECK_EQUAL(
    samples(
      {{"rows_written_total", {}, {}, 3},
       {"samples_total", {"rule", "a"}, {}, 1},
       {"samples_total", {"rule", "b"}, {}, 2},
       {"rows_written_total", {}, {}, 4},
       {"samples_total", {"rule", "a"}, {}, 5},
       {"samples_refused_total", {"rule", "a"}, {"reason", "future"}, 1}}),
    (expected{{"rrdflow_rows_written_total", "7"},
              {"rrdflow_samples_total{rule=\"a\"}", "6"},
              {"rrdflow_samples_total{rule=\"b\"}", "2"},
              {"rrdflow_samples_refused_total{reason=\"future\",rule=\"a\"}",
               "1"}}));
}

CAF_TEST(of ages and last times the largest stays) {
  CAF_CHECK_EQUAL(
    samples({{"oldest_waiting_row_seconds", {}, {}, 5},
             {"oldest_waiting_row_seconds", {}, {}, 3},
             {"rule_last_message_seconds", {"rule", "a"}, {}, 100},
             {"rule_last_message_seconds", {"rule", "a"}, {}, 200}}),
    (expected{{"rrdflow_oldest_waiting_row_seconds", "5"},
              {"rrdflow_rule_last_message_seconds{rule=\"a\"}", "200"}}));
}

CAF_TEST(buckets become a histogram) {
  metrics writer;
  for (auto& [le, n] : std::vector<std::pair<std::string, double>>{
         {"+Inf", 6}, {"0.001", 1}, {"0.01", 4}})
    writer.push_back({"rrd_update_seconds_bucket", {"le", le}, {}, n});
  writer.push_back({"rrd_update_seconds_sum", {}, {}, 0.25});
  writer.push_back({"rrd_update_seconds_count", {}, {}, 6});
  auto both = writer;
  both.insert(both.end(), writer.begin(), writer.end());
  CAF_CHECK_EQUAL(
    samples(both),
    (expected{{"rrdflow_rrd_update_seconds_bucket{le=\"0.001\"}", "2"},
              {"rrdflow_rrd_update_seconds_bucket{le=\"0.01\"}", "8"},
              {"rrdflow_rrd_update_seconds_bucket{le=\"+Inf\"}", "12"},
              {"rrdflow_rrd_update_seconds_sum", "0.5"},
              {"rrdflow_rrd_update_seconds_count", "12"}}));
  CAF_MESSAGE("the last bucket is made if it is missing");
  writer.erase(writer.begin());
  auto few = samples(writer);
  CAF_CHECK_EQUAL(few["rrdflow_rrd_update_seconds_bucket{le=\"+Inf\"}"], "6");
}

CAF_TEST(label values may be anything) {
  CAF_CHECK_EQUAL(
    samples({{"samples_total", {"rule", "a\"b\\c\nd{}ü"}, {}, 1}}),
    (expected{{"rrdflow_samples_total{rule=\"a\\\"b\\\\c\\nd{}ü\"}", "1"}}));
}

CAF_TEST(what Prometheus would refuse is left out) {
  CAF_CHECK_EQUAL(samples({{"bad name", {}, {}, 1},
                           {"x", {"1", "y"}, {}, 1},
                           {"y", {"a", "b"}, {"a", "c"}, 1}}),
                  expected{});
}

CAF_TEST(values that are no numbers have their names) {
  constexpr auto infinity = std::numeric_limits<double>::infinity();
  CAF_CHECK_EQUAL(
    samples({{"a", {}, {}, infinity},
             {"b", {}, {}, -infinity},
             {"c", {}, {}, std::numeric_limits<double>::quiet_NaN()},
             {"d", {}, {}, 1e21}}),
    (expected{{"rrdflow_a", "+Inf"},
              {"rrdflow_b", "-Inf"},
              {"rrdflow_c", "NaN"},
              {"rrdflow_d", "1e+21"}}));
}

CAF_TEST(a count without buckets is a metric of its own) {
  CAF_CHECK_EQUAL(
    samples({{"shard_count", {}, {}, 2}, {"shard", {}, {}, 1}}),
    (expected{{"rrdflow_shard_count", "2"}, {"rrdflow_shard", "1"}}));
}

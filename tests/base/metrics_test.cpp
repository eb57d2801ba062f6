#define CAF_SUITE metrics

#include "actors/base/metrics.hpp"
#include "tests/test.hpp"

using namespace rrdflow;

namespace {

enum class reason : uint8_t { none, full, clock };

const char* to_string(reason x) {
  constexpr const char* names[] = {"none", "full", "clock"};
  return names[static_cast<size_t>(x)];
}

} // namespace

CAF_TEST(values of several owners are added or the largest counts) {
  metric_registry registry;
  counter a{&registry, {"rows_total", "Rows."}};
  counter b{&registry, {"rows_total", "Rows."}};
  a.add(2);
  b.restore(40);
  gauge c{&registry, {"oldest_seconds", "Age.", metric_merge::largest}};
  gauge d{&registry, {"oldest_seconds", "Age.", metric_merge::largest}};
  c.set(7.5);
  d.set(3);
  CAF_CHECK_EQUAL(registry.text(), "# HELP rrdflow_oldest_seconds Age.\n"
                                   "# TYPE rrdflow_oldest_seconds gauge\n"
                                   "rrdflow_oldest_seconds 7.5\n"
                                   "# HELP rrdflow_rows_total Rows.\n"
                                   "# TYPE rrdflow_rows_total counter\n"
                                   "rrdflow_rows_total 42\n");
  CAF_CHECK_EQUAL(registry.sum("rows_total"), 42);
}

CAF_TEST(a metric leaves with its owner) {
  metric_registry registry;
  { counter a{&registry, {"rows_total", "Rows."}}; }
  CAF_CHECK_EQUAL(registry.text(), "");
}

CAF_TEST(labels are sorted and escaped) {
  metric_registry registry;
  counter a{&registry, {"x_total", "X."}, {{"rule", "a\"\\\n"}, {"by", "y"}}};
  CAF_CHECK_EQUAL(registry.text(),
                  "# HELP rrdflow_x_total X.\n"
                  "# TYPE rrdflow_x_total counter\n"
                  "rrdflow_x_total{by=\"y\",rule=\"a\\\"\\\\\\n\"} 0\n");
}

CAF_TEST(the buckets of a histogram are cumulative and in order) {
  metric_registry registry;
  histogram a{&registry, {"sync_seconds", "Sync."}, {0.00005, 0.5, 1}};
  a.add(0.25);
  a.add(0.5);
  a.add(2);
  CAF_CHECK_EQUAL(registry.text(),
                  "# HELP rrdflow_sync_seconds Sync.\n"
                  "# TYPE rrdflow_sync_seconds histogram\n"
                  "rrdflow_sync_seconds_bucket{le=\"0.00005\"} 0\n"
                  "rrdflow_sync_seconds_bucket{le=\"0.5\"} 2\n"
                  "rrdflow_sync_seconds_bucket{le=\"1\"} 2\n"
                  "rrdflow_sync_seconds_bucket{le=\"+Inf\"} 3\n"
                  "rrdflow_sync_seconds_sum 2.75\n"
                  "rrdflow_sync_seconds_count 3\n");
}

CAF_TEST(an enumeration has a counter for each reason) {
  metric_registry registry;
  enum_counters<reason, 3, 1> stalls{
    &registry, {"stalls_total", "Stalls."}, "reason"};
  stalls[reason::clock].add();
  auto values = registry.values("stalls_total");
  CAF_CHECK_EQUAL(values.size(), 2u);
  CAF_CHECK_EQUAL((values[{{"reason", "clock"}}]), 1);
  CAF_CHECK_EQUAL(stalls.sum(), 1u);
}

CAF_TEST(a computed number is found when it is asked for) {
  metric_registry registry;
  auto x = 1.0;
  computed_metric a{&registry, {"process_age", "Age."}, [&] { return x; }};
  x = 2;
  CAF_CHECK_EQUAL(registry.text(), "# HELP process_age Age.\n"
                                   "# TYPE process_age gauge\n"
                                   "process_age 2\n");
}

CAF_TEST(without a registry a counter counts and is not shown) {
  counter a{nullptr, {"x_total", "X."}};
  a.add(3);
  CAF_CHECK_EQUAL(a.value(), 3u);
}

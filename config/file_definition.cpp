#include "config/file_definition.hpp"

#include <cmath>
#include <tuple>

namespace rrdflow {

namespace {

bool same(double x, double y) {
  return x == y || (std::isnan(x) && std::isnan(y));
}

} // namespace

const char* to_string(source_type x) {
  static constexpr const char* names[]
    = {"GAUGE", "COUNTER", "DERIVE", "ABSOLUTE", "DCOUNTER", "DDERIVE"};
  return names[static_cast<size_t>(x)];
}

const char* to_string(consolidation x) {
  static constexpr const char* names[] = {"AVERAGE", "MIN", "MAX", "LAST"};
  return names[static_cast<size_t>(x)];
}

const char* to_string(slot_sample x) {
  static constexpr const char* names[]
    = {"last", "mean", "min", "max", "sum", "count"};
  return names[static_cast<size_t>(x)];
}

const char* to_string(gap_fill x) {
  static constexpr const char* names[] = {"heartbeat", "hold", "none"};
  return names[static_cast<size_t>(x)];
}

bool operator==(const source_definition& x, const source_definition& y) {
  return std::tie(x.name, x.type, x.sample, x.fill, x.heartbeat)
           == std::tie(y.name, y.type, y.sample, y.fill, y.heartbeat)
         && same(x.min, y.min) && same(x.max, y.max);
}

bool operator==(const archive_definition& x, const archive_definition& y) {
  return std::tie(x.function, x.xff, x.steps, x.rows)
         == std::tie(y.function, y.xff, y.steps, y.rows);
}

bool operator==(const file_definition& x, const file_definition& y) {
  return std::tie(x.step, x.lateness, x.sources, x.archives)
         == std::tie(y.step, y.lateness, y.sources, y.archives);
}

} // namespace rrdflow

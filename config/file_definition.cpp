#include "config/file_definition.hpp"

#include <algorithm>
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
  return std::tie(x.name, x.type, x.sample, x.fill, x.heartbeat,
                  x.heartbeat_max)
           == std::tie(y.name, y.type, y.sample, y.fill, y.heartbeat,
                       y.heartbeat_max)
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

bool same_layout_of_rows(const file_definition& x, const file_definition& y) {
  return x.step == y.step
         && std::equal(x.sources.begin(), x.sources.end(), y.sources.begin(),
                       y.sources.end(), [](auto& a, auto& b) {
                         return a.name == b.name && a.type == b.type;
                       });
}

bool same_shape(const file_definition& x, const file_definition& y) {
  return same_layout_of_rows(x, y) && x.archives == y.archives;
}

// The structs of librrd's rrd_format.h, on a 64-bit machine: stat_head 128,
// ds_def 120, rra_def 120, live_head 16, pdp_prep 112, cdp_prep 80, rra_ptr 8.
uint64_t rrd_file_size(const file_definition& x) {
  uint64_t sources = x.sources.size();
  uint64_t archives = x.archives.size();
  auto result
    = 128 + 16 + sources * (120 + 112) + archives * (120 + 8 + sources * 80);
  for (auto& archive : x.archives)
    result += uint64_t{archive.rows} * sources * 8;
  return result;
}

} // namespace rrdflow

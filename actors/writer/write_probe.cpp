#include "actors/writer/write_probe.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace rrdflow {

void write_probe::updated(double seconds) {
  auto i = std::lower_bound(bounds_.begin(), bounds_.end(), seconds);
  ++buckets_[static_cast<size_t>(i - bounds_.begin())];
  seconds_ += seconds;
}

void write_probe::report(metrics& to, uint64_t undo_records) const {
  auto add = [&](const char* name, double value) {
    to.push_back({name, {}, {}, value});
  };
  uint64_t sum = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    sum += buckets_[i];
    std::string bound = "+Inf";
    if (i < bounds_.size()) {
      char buf[32];
      bound.assign(buf, std::to_chars(buf, buf + sizeof(buf), bounds_[i],
                                      std::chars_format::fixed)
                          .ptr);
    }
    to.push_back({"rrd_update_seconds_bucket",
                  {"le", bound},
                  {},
                  static_cast<double>(sum)});
  }
  add("rrd_update_seconds_sum", seconds_);
  add("rrd_update_seconds_count", static_cast<double>(sum));
  add("updates_by_librrd_total", static_cast<double>(by_librrd_));
  add("files_quarantined", static_cast<double>(quarantined_));
  add("files_created_total", static_cast<double>(created_));
  add("rows_past_total", static_cast<double>(past_));
  add("undo_records_total", static_cast<double>(undo_records));
}

} // namespace rrdflow

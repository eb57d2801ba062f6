#include "actors/cache/shard_counters.hpp"

namespace rrdflow {

const char* to_string(abandon_reason x) noexcept {
  constexpr const char* texts[]
    = {"forgotten", "redefined", "unknown_file", "unwritable"};
  static_assert(std::size(texts) == abandon_reasons);
  return texts[static_cast<size_t>(x)];
}

void shard_totals::add(const shard_totals& x) {
  samples_merged += x.samples_merged;
  rows_opened += x.rows_opened;
  rows_written += x.rows_written;
  for (size_t i = 0; i < abandon_reasons; ++i)
    rows_abandoned[i] += x.rows_abandoned[i];
  for (auto& [rule, n] : x.samples_late)
    samples_late[rule] += n;
}

shard_counters::shard_counters(metric_registry* registry)
  : samples_merged{registry,
                   {"samples_merged_total", "Samples merged into rows."}},
    rows_opened{registry, {"rows_opened_total", "Rows that samples began."}},
    rows_written{registry,
                 {"rows_written_total", "Rows written to their files."}},
    rows_abandoned{registry,
                   {"rows_abandoned_total",
                    "Rows that cannot be written, by reason."},
                   "reason"},
    heartbeats_outlasted{registry,
                         {"heartbeats_outlasted",
                          "Series whose readings keep to a longer interval "
                          "than their heartbeat, since the start."}},
    rows_waiting{registry, {"rows_waiting", "Rows that wait to be written."}},
    cache_bytes{registry, {"cache_bytes", "Memory of the rows that wait."}},
    oldest_waiting_row_seconds{registry,
                               {"oldest_waiting_row_seconds",
                                "Age of the oldest waiting row.",
                                metric_merge::largest}},
    registry_{registry} {
  // nop
}

void shard_counters::name_rules(const std::vector<std::string>& names) {
  late_by_id_.clear();
  for (auto& name : names)
    late_by_id_.push_back(&late_of(name));
}

shard_totals shard_counters::totals() const {
  shard_totals result;
  result.samples_merged = samples_merged.value();
  result.rows_opened = rows_opened.value();
  result.rows_written = rows_written.value();
  for (size_t i = 0; i < abandon_reasons; ++i)
    result.rows_abandoned[i]
      = rows_abandoned[static_cast<abandon_reason>(i)].value();
  for (auto& [rule, n] : late_)
    if (n.value() > 0)
      result.samples_late.emplace(rule, n.value());
  return result;
}

void shard_counters::restore(const shard_totals& x) {
  samples_merged.restore(x.samples_merged);
  rows_opened.restore(x.rows_opened);
  rows_written.restore(x.rows_written);
  for (size_t i = 0; i < abandon_reasons; ++i)
    rows_abandoned[static_cast<abandon_reason>(i)].restore(x.rows_abandoned[i]);
  for (auto& [rule, n] : x.samples_late)
    late_of(rule).restore(n);
}

counter& shard_counters::late_of(const std::string& rule) {
  return late_
    .try_emplace(rule, registry_,
                 metric_info{"samples_late_total",
                             "Samples at or before what is sealed."},
                 metric_labels{{"rule", rule}})
    .first->second;
}

} // namespace rrdflow

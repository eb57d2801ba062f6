#include "actors/cache/shard_counters.hpp"

namespace rrdflow {

void shard_counters::late(rule_id rule) {
  if (rule >= late_by_id.size())
    late_by_id.resize(size_t{rule} + 1);
  ++late_by_id[rule];
}

std::map<std::string, uint64_t> shard_counters::all_late() const {
  auto result = samples_late;
  for (size_t i = 0; i < late_by_id.size(); ++i)
    if (late_by_id[i] > 0)
      result[i < rules.size() ? rules[i] : ""] += late_by_id[i];
  return result;
}

void shard_counters::add(const shard_counters& other) {
  samples_merged += other.samples_merged;
  rows_opened += other.rows_opened;
  rows_written += other.rows_written;
  for (auto& [reason, n] : other.rows_abandoned)
    rows_abandoned[reason] += n;
  for (auto& [rule, n] : other.samples_late)
    samples_late[rule] += n;
}

void shard_counters::report(metrics& out) const {
  auto add = [&](const char* name, std::pair<std::string, std::string> label,
                 uint64_t value) {
    out.push_back({name, std::move(label), {}, static_cast<double>(value)});
  };
  add("samples_merged_total", {}, samples_merged);
  add("rows_opened_total", {}, rows_opened);
  add("rows_written_total", {}, rows_written);
  auto late = all_late();
  for (auto& rule : rules)
    late.try_emplace(rule, 0);
  for (auto& [rule, n] : late)
    add("samples_late_total", {"rule", rule}, n);
  auto abandoned = rows_abandoned;
  for (auto reason : {"forgotten", "redefined", "unknown_file", "unwritable"})
    abandoned.try_emplace(reason, 0);
  for (auto& [reason, n] : abandoned)
    add("rows_abandoned_total", {"reason", reason}, n);
}

} // namespace rrdflow

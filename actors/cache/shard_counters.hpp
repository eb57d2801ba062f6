#pragma once

#include "messages/metric.hpp"
#include "messages/sample.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace rrdflow {

/// The counters of a shard that travel in snapshots. At any time
/// `rows_opened = rows_written + rows waiting + sum of rows_abandoned`. Extra
/// rows of gaps count nowhere.
struct shard_counters {
  uint64_t samples_merged = 0;
  uint64_t rows_opened = 0;
  uint64_t rows_written = 0;

  /// By reason.
  std::map<std::string, uint64_t> rows_abandoned;

  /// By rule, as far as rules have names yet.
  std::map<std::string, uint64_t> samples_late;

  /// By rule_id, since this run began.
  std::vector<uint64_t> late_by_id;
  std::vector<std::string> rules;

  void late(rule_id rule);

  /// `samples_late` with what this run has added.
  std::map<std::string, uint64_t> all_late() const;

  /// Adds the counters of an earlier run.
  void add(const shard_counters& other);

  /// Appends the counters to `out`.
  void report(metrics& out) const;
};

} // namespace rrdflow

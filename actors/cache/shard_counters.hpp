#pragma once

#include "actors/base/metrics.hpp"
#include "messages/sample.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// Why rows are given up. Snapshots and /metrics have the texts.
enum class abandon_reason : uint8_t {
  /// The file was to be released and could not be written.
  forgotten,

  /// Its definition changed: the rows fit nowhere.
  redefined,

  /// The snapshot's file is not in the catalog.
  unknown_file,

  /// The file refuses the rows for good.
  unwritable,
};

constexpr size_t abandon_reasons = 4;

const char* to_string(abandon_reason x) noexcept;

/// What a shard has counted since its store was made: what a snapshot has of
/// `shard_counters`.
struct shard_totals {
  uint64_t samples_merged = 0;
  uint64_t rows_opened = 0;
  uint64_t rows_written = 0;
  std::array<uint64_t, abandon_reasons> rows_abandoned{};

  /// By rule.
  std::map<std::string, uint64_t> samples_late;

  void add(const shard_totals& x);
};

/// The metrics of a shard. At any time
/// `rows_opened = rows_written + rows_waiting + sum of rows_abandoned`. Extra
/// rows of gaps count as opened in files of several sources, else nowhere.
class shard_counters {
public:
  /// @param registry may be null
  explicit shard_counters(metric_registry* registry);

  counter samples_merged;
  counter rows_opened;
  counter rows_written;
  enum_counters<abandon_reason, abandon_reasons> rows_abandoned;

  gauge heartbeats_outlasted;
  gauge rows_waiting;
  gauge cache_bytes;
  gauge oldest_waiting_row_seconds;

  /// The names of all rules so far; a rule_id is an index.
  void name_rules(const std::vector<std::string>& names);

  /// Counts a sample that is at or before what is sealed.
  void late(rule_id rule) {
    (rule < late_by_id_.size() ? *late_by_id_[rule] : late_of("")).add();
  }

  shard_totals totals() const;

  /// Takes the totals of an earlier run. To be called first.
  void restore(const shard_totals& x);

private:
  counter& late_of(const std::string& rule);

  metric_registry* registry_;
  std::map<std::string, counter> late_;
  std::vector<counter*> late_by_id_;
};

} // namespace rrdflow

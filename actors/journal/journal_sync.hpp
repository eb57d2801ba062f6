#pragma once

#include "actors/base/metrics.hpp"
#include "actors/journal/segments.hpp"
#include "config/journal_config.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace rrdflow {

/// A segment and its mapping, for appending.
struct open_segment {
  segment_ptr info;
  mapped_file_ptr file;
};

/// Knows what of the journal is durable, and makes it so.
///
/// A failed sync marks the journal as broken: the data in question is never
/// synced again, since the kernel may have dropped it as clean. `repair` copies
/// the segments concerned, read from their mappings, to other blocks and syncs
/// these.
///
/// Concurrency: one thread calls `sync`; all members under the lock of
/// journal_writer, which `sync` releases while it waits for the disk.
class journal_sync {
public:
  using guard = std::unique_lock<std::mutex>;

  /// @param durable what lies before needs no sync
  /// @param clock nanoseconds of any monotonic clock
  journal_sync(const journal_files& files, std::string folder,
               sync_policy policy, position durable,
               std::function<int64_t()> clock, metric_registry* registry);

  /// All before is durable; with sync = "never" unchanged.
  position synced() const noexcept {
    return synced_;
  }

  /// Whether a sync failed and `repair` has not succeeded since.
  bool broken() const noexcept {
    return broken_;
  }

  /// Where the first segment begins that is full and not synced; `otherwise` if
  /// there is none.
  position oldest(position otherwise) const {
    return full_.empty() ? otherwise : full_.front().info->header.base;
  }

  /// Gives way before `add_full`, which must not fail.
  void reserve() {
    full_.reserve(full_.size() + 1);
  }

  /// Takes a segment to which nothing will be appended.
  void add_full(open_segment x);

  /// With sync = "always": makes a record durable that ends at `end`.
  caf::error sync_record(const open_segment& active, position end);

  /// With sync = "200ms": makes all durable that lies before `end`.
  caf::error sync(guard& held, const open_segment& active, position end);

  /// After a failed sync; see above.
  caf::error repair(open_segment& active, position end);

private:
  caf::error copy(open_segment& x);
  caf::error mark_broken(const open_segment& x, int error_number);

  const journal_files& files_;
  std::string folder_;
  sync_policy policy_;
  position synced_;
  std::function<int64_t()> clock_;

  /// Segments before the active one that are not synced.
  std::vector<open_segment> full_;
  bool broken_ = false;
  histogram seconds_;
};

} // namespace rrdflow

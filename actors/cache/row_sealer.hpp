#pragma once

#include "actors/base/file_names.hpp"
#include "actors/cache/cache_settings.hpp"
#include "actors/cache/event_queue.hpp"
#include "actors/cache/file_table.hpp"
#include "actors/cache/shard_section.hpp"
#include "actors/cache/write_scheduler.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>

namespace rrdflow {

/// Keeps account of the rows that wait, and decides when they are sealed: from
/// then on they do not change and go to the writer.
///
/// Operation: a row may be sealed when its slot's end and the file's lateness
/// have passed, and, in a file of several sources, when it can be given all
/// that it needs (see `awaited_until`); it is when its file is due as well. If
/// unsealed rows outgrow the memory, those that wait longest are sealed before
/// they are due (evicted). Time is the watermark alone, so that the same stream
/// seals the same rows.
class row_sealer {
public:
  /// @param files, packer, scheduler, rows_opened must outlive the sealer
  row_sealer(cache_settings settings, std::shared_ptr<const file_names> names,
             file_table& files, shard_packer& packer,
             write_scheduler& scheduler, counter& rows_opened);

  // -- time -------------------------------------------------------------------

  /// The second that time has come to.
  int64_t watermark() const noexcept {
    return watermark_;
  }

  /// Time was at `watermark` when an earlier run ended.
  void restore(int64_t watermark) noexcept {
    watermark_ = watermark;
  }

  /// Seals what is due at each second up to `t`.
  /// @param upto how far the journal was read
  void advance_watermark(int64_t t, position upto);

  /// The journal was read up to `upto`.
  void read_upto(position upto) noexcept {
    position_ = std::max(position_, upto);
  }

  /// What `settings.flush_after` is from here on.
  void due_after(std::chrono::seconds x);

  // -- rows -------------------------------------------------------------------

  /// When a slot ends.
  int64_t end_of(const cached_file& x, uint32_t slot) const noexcept {
    return slot * files_.definition(x)->step;
  }

  /// A reading has opened the row of `slot`.
  void row_opened(cached_file& x, uint32_t slot);

  /// A rate of a file of several sources was read, which rows may wait for.
  void rate_read(cached_file& x);

  /// `x`, with rows of which some may be sealed, was added.
  void rows_added(cached_file& x);

  /// Removes the first `n` rows.
  void drop_rows(cached_file& x, uint32_t n);

  /// Seals the rows that may be sealed.
  void seal(cached_file& x);

  /// How many rows are over but wait for a rate.
  uint32_t rows_that_wait(const cached_file& x) const;

  /// Seals all rows, the running slot included.
  void seal_all(cached_file& x);

  /// What decides when `x` is due has changed.
  void reschedule(cached_file& x);

  // -- account ----------------------------------------------------------------

  uint64_t rows() const noexcept {
    return rows_;
  }

  uint64_t bytes() const noexcept {
    return unsealed_bytes_ + sealed_bytes_;
  }

  /// Whether sealed rows leave memory for others.
  bool has_room() const noexcept {
    return sealed_bytes_ <= settings_.memory;
  }

  /// Seconds since the slot of the oldest row ended.
  int64_t oldest_age() const noexcept;

private:
  int64_t over_at(const cached_file& x, uint32_t slot) const noexcept;
  int64_t ready_at(const cached_file& x, row_view row) const;
  second32 event_of(const cached_file& x) const;
  void set_event(cached_file& x, second32 at);
  uint32_t rows_over(const cached_file& x) const;
  void seal_first(cached_file& x, uint32_t n);
  uint32_t complete(cached_file& x, uint32_t n);
  void seal_due();
  void add_oldest(int64_t end);
  void remove_oldest(int64_t end);

  template <class F>
  void each_candidate(second32 until, F f);
  void evict(uint64_t wanted);
  int64_t make_room();

  cache_settings settings_;
  std::shared_ptr<const file_names> names_;
  file_table& files_;
  shard_packer& packer_;
  write_scheduler& scheduler_;
  counter& rows_opened_;

  /// How far time and journal have come.
  int64_t watermark_ = 0;
  position position_ = 0;

  uint64_t rows_ = 0;
  uint64_t unsealed_bytes_ = 0;
  uint64_t sealed_bytes_ = 0;

  /// The ends of each file's first row, and how many files have it.
  std::map<int64_t, uint32_t> oldest_;

  event_queue events_;

  /// Files that have something to seal.
  size_t scheduled_ = 0;
};

} // namespace rrdflow

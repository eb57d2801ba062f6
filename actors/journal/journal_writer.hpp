#pragma once

#include "actors/journal/arrival_clock.hpp"
#include "actors/journal/journal_recovery.hpp"
#include "actors/journal/journal_stall.hpp"
#include "actors/journal/journal_sync.hpp"
#include "actors/journal/segment_supply.hpp"
#include "actors/journal/segments.hpp"
#include "config/journal_config.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace rrdflow {

enum class append_result : uint8_t {
  /// It is in the journal (with sync = "always" on disk).
  taken,
  /// Try again when `wait_for_room` says so.
  stalled,
  /// It can never be taken: larger than a quarter of a segment, or a topic
  /// beyond 65535 bytes.
  too_large,
};

struct journal_options : journal_limits {
  /// The store; its folders exist (see store_lock).
  std::string directory;

  sync_policy sync = sync_policy::interval;

  /// From the snapshots: the highest position of any, the highest sequence
  /// number, and the latest second (since the epoch) that was passed on. The
  /// journal goes on above.
  position at_least = 0;
  uint64_t sequence_at_least = 0;
  int64_t second_at_least = 0;

  clock_sources clock = clock_sources::system();
  journal_files files = journal_files::system();

  /// The number of a new journal; 0: one is made.
  uint64_t random = 0;

  /// Outlives the journal; may be null.
  metric_registry* metrics = nullptr;
};

/// Appends to the journal's newest segment.
///
/// Operation: a record is copied into the mapped segment and published by
/// moving the segment's end. When a segment is full the next one takes over,
/// made ahead by `make_room` or, failing that, on the spot. Messages stall
/// while no new segment may be made; requests may exceed the limits. After a
/// failed sync messages and requests stall until `repair` succeeded.
///
/// Concurrency: any thread may append; sync, repair, make_room and
/// delete_covered are for one thread; all under one mutex, but syncs (except
/// with sync = "always") and making a segment go on outside.
/// Limitations: a block device that fails a write of preallocated blocks shows
/// this at the next sync only.
class journal_writer {
public:
  /// Goes on behind what was recovered and behind `options.at_least`; both are
  /// durable.
  /// @param folder of the segments
  /// @pre `segments` outlives the writer
  journal_writer(const journal_options& options, const std::string& folder,
                 segment_list& segments, const recovered_journal& start);

  // -- appending --------------------------------------------------------------

  append_result append(const record_content& message);

  /// Appends a request and answers its number. Errors: ec::bad_request if it is
  /// larger than `max_request`, ec::disk_full, ec::io_failed.
  caf::expected<uint64_t>
  append_request(record_kind kind, std::string_view payload);

  /// Bytes of a request's payload at most.
  size_t max_request() const noexcept;

  /// Waits until messages are taken again; false if `timeout` is over.
  bool wait_for_room(std::chrono::milliseconds timeout);

  // -- the reader's side ------------------------------------------------------

  /// Unless there are records from `at` on: the clock's second, which no later
  /// arrival precedes.
  std::optional<int64_t> pass_second(position at);

  /// Has `wake` called once, in the thread that appends, when there is more.
  void wait_for_more();
  void wake_with(std::function<void()> f);

  // -- upkeep -----------------------------------------------------------------

  /// Makes all that was appended durable.
  caf::error sync();

  /// After a failed sync: copies what was not synced. Nothing to do otherwise.
  caf::error repair();

  /// Whether a sync failed and `repair` has not succeeded since.
  bool broken() const;

  /// Makes the next segment ahead of need and ends a stall whose reason is
  /// gone. Returns whether it ended one.
  bool make_room();

  /// Deletes segments that end at or before `covered`, from now on.
  void delete_covered(position covered);

  // -- properties -------------------------------------------------------------

  /// Behind the last record.
  position end() const;

  /// All before is durable (with sync = "never": is appended).
  position synced() const;

  /// Number of the newest message. Does not wait for appending threads.
  uint64_t last_sequence() const noexcept {
    return sequence_;
  }

  stall_reason stalled() const noexcept {
    return stall_.reason();
  }

  /// Why no segment could be made or synced when it was last tried: file and
  /// reason. None if it is a limit or the clock.
  caf::error failure() const;

  /// Bytes on disk, the segment made ahead included. Does not wait for
  /// appending threads.
  uint64_t bytes() const {
    return segments_.bytes() + supply_.bytes();
  }

private:
  using guard = std::unique_lock<std::mutex>;

  bool put(guard& held, const record_content& x, bool force);
  bool roll(guard& held, bool force);
  void begin(const segment_supply::prepared& next);
  void stall(stall_reason x, caf::error why = caf::none);
  void wake();

  std::string folder_;
  uint64_t segment_size_;
  sync_policy policy_;
  journal_files files_;
  segment_list& segments_;

  mutable std::mutex lock_;
  arrival_clock clock_;
  uint64_t id_;
  segment_supply supply_;
  journal_sync sync_;
  stall_state stall_;

  /// The newest segment; none at first if it cannot be made.
  open_segment active_;

  /// Where the next record goes, as an offset into the active segment.
  uint64_t offset_ = 0;

  /// The end of the last record, and what `end` says: above it after a start
  /// that found less than the snapshot covers.
  position last_end_;
  position end_;
  uint64_t checksum_;
  uint64_t request_;
  std::atomic<uint64_t> sequence_;

  std::atomic<bool> waiting_{false};
  std::mutex wake_lock_;
  std::function<void()> wake_;
};

} // namespace rrdflow

#pragma once

#include "actors/journal/arrival_clock.hpp"
#include "actors/journal/journal_recovery.hpp"
#include "actors/journal/segment_files.hpp"
#include "actors/journal/segment_list.hpp"
#include "config/journal_config.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace rrdflow {

/// Why no message is taken.
enum class stall_reason : uint8_t {
  none,
  /// journal.max_size is reached.
  journal_full,
  /// A new segment would leave less than limits.disk_reserve, or none is left.
  disk_reserve,
  /// The clock is behind the last arrival.
  clock,
  /// A file could not be made, or a sync failed.
  io,
};

constexpr size_t stall_reasons = 5;

/// The metrics' label, e.g. "journal_full".
/// @relates stall_reason
const char* to_string(stall_reason x);

/// Why messages stall when a segment cannot be made.
/// @relates stall_reason
stall_reason stall_of(const caf::error& x);

enum class append_result : uint8_t {
  /// It is in the journal (with sync = "always" on disk).
  taken,
  /// Try again when `wait_for_room` says so.
  stalled,
  /// It can never be taken: larger than a quarter of a segment, or a topic
  /// beyond 65535 bytes.
  too_large,
};

struct writer_options {
  /// Where the segments are.
  std::string folder;

  uint64_t segment_size = 64ull << 20;
  sync_policy sync = sync_policy::interval;
  uint64_t max_size = 8ull << 30;
  uint64_t disk_reserve = 1ull << 30;
  journal_files files = journal_files::system();
};

/// Appends to the journal's newest segment, and makes the next one.
///
/// Operation: a record is copied into the mapped segment and published by
/// moving the segment's end. When a segment is full the next one takes over,
/// made ahead by `make_room` or, failing that, on the spot. Messages stall
/// while no new segment may be made; requests may exceed the limits.
///
/// A failed sync marks the writer as broken: the data in question is never
/// synced again, since the kernel may have dropped it as clean. Messages and
/// requests stall until `mend` has copied the segments concerned, read from
/// their mappings, to other blocks and synced these.
///
/// Concurrency: any thread may append; sync, mend, make_room and delete_covered
/// are for one thread; all under one mutex, but syncs (except with sync =
/// "always") and making a segment ahead go on outside.
/// Limitations: a block device that fails a write of preallocated blocks shows
/// this at the next sync only.
class journal_writer {
public:
  /// @pre `segments` outlives the writer
  /// Goes on behind what was recovered and behind `at_least`, the position of
  /// the newest snapshot; both are durable.
  journal_writer(writer_options options, segment_list& segments,
                 const recovered_journal& start, position at_least,
                 arrival_clock clock);

  // -- appending --------------------------------------------------------------

  append_result append(const record_content& message);

  /// Appends a request and answers its number. Errors: ec::bad_request if it is
  /// too large, ec::disk_full, ec::io_failed.
  caf::expected<uint64_t>
  append_request(record_kind kind, std::string_view payload);

  /// Waits until messages are taken again; false if `patience` ran out.
  bool wait_for_room(std::chrono::milliseconds patience);

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

  /// After a failed sync: see above. Nothing to do otherwise.
  caf::error mend();

  /// Whether a sync failed and `mend` has not succeeded since.
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

  uint64_t last_sequence() const;
  stall_reason stalled() const noexcept;

  /// Why no segment could be made or synced when it was last tried: file and
  /// reason. None if it is a limit or the clock.
  caf::error failure() const;

  /// Bytes on disk, the segment made ahead included.
  uint64_t bytes() const;

private:
  struct open_segment {
    segment_ptr info;
    mapped_file_ptr file;
  };

  using guard = std::unique_lock<std::mutex>;

  bool put(guard& held, const record_content& x, bool force);
  bool roll(guard& held, bool force);
  void begin(mapped_file_ptr file, segment_header header);
  caf::expected<mapped_file_ptr> make_next(guard& held);
  stall_reason growth_refused() const;
  void stall(stall_reason x, caf::error why = caf::none);
  void break_off();
  void wake();

  writer_options options_;
  segment_list& segments_;

  mutable std::mutex lock_;
  std::condition_variable changed_;
  arrival_clock clock_;
  uint64_t id_;

  /// The newest segment; none at first if it cannot be made.
  open_segment active_;

  /// Where the next record goes, as an offset into the active segment.
  uint64_t offset_ = 0;

  /// The segment made ahead of need, and whether one is being made.
  mapped_file_ptr spare_;
  segment_header spare_header_;
  bool making_ = false;
  position next_base_;

  /// Segments before the active one that are not synced.
  std::vector<open_segment> dirty_;
  bool broken_ = false;

  /// The end of the last record, and what `end` says: above it after a start
  /// that found less than the snapshot covers.
  position last_end_;
  position end_;
  position synced_;
  position covered_ = 0;
  uint64_t checksum_;
  uint64_t sequence_;
  uint64_t request_;
  caf::error failure_;

  std::atomic<stall_reason> stalled_{stall_reason::none};

  std::atomic<bool> waiting_{false};
  std::mutex wake_lock_;
  std::function<void()> wake_;
};

} // namespace rrdflow

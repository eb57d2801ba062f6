#pragma once

#include "actors/journal/journal_stall.hpp"
#include "actors/journal/segments.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>

namespace rrdflow {

/// What bounds the journal on disk.
struct journal_limits {
  uint64_t segment_size = 64ull << 20;

  /// Bytes of all segments.
  uint64_t max_size = 8ull << 30;

  /// Bytes that stay free for others.
  uint64_t disk_reserve = 1ull << 30;
};

/// Makes the journal's next segment, ahead of need where possible.
///
/// Concurrency: all members under the lock of journal_writer, which `prepare`
/// releases while it makes a file; `bytes` in any thread.
class segment_supply {
public:
  using guard = std::unique_lock<std::mutex>;

  /// A segment that is prepared under its name, but not begun.
  struct prepared {
    segment_header header;
    mapped_file_ptr file;
  };

  /// Why there is no new segment.
  struct refusal {
    stall_reason reason = stall_reason::none;

    /// None if it is a limit.
    caf::error why;
  };

  /// @param segments outlives the supply
  /// @param base of the next segment
  segment_supply(const journal_files& files, std::string folder,
                 const journal_limits& limits, const segment_list& segments,
                 uint64_t id, position base);

  /// Makes a segment unless one is there. If another thread is making one, just
  /// waits for its end.
  /// @param created nanoseconds since the epoch
  /// @param force pass over the limits; what they would have said is answered
  ///        nevertheless
  refusal prepare(guard& held, int64_t created, bool force);

  /// The segment that is prepared; its file is null if there is none.
  const prepared& next() const noexcept {
    return next_;
  }

  /// The prepared segment is in use now.
  void next_begun() {
    bytes_ = 0;
    next_ = {};
  }

  /// Whether a segment is prepared, or being made.
  bool has_next() const noexcept {
    return making_ || next_.file;
  }

  /// What lies before goes as soon as there is a newer segment: it does not
  /// count.
  void cover(position x) {
    covered_ = std::max(covered_, x);
  }

  position covered() const noexcept {
    return covered_;
  }

  /// Bytes on disk.
  uint64_t bytes() const noexcept {
    return bytes_;
  }

private:
  stall_reason limit() const;

  const journal_files& files_;
  std::string folder_;
  journal_limits limits_;
  const segment_list& segments_;
  uint64_t id_;
  position base_;
  position covered_ = 0;
  prepared next_;
  bool making_ = false;
  std::condition_variable made_;
  std::atomic<uint64_t> bytes_{0};
};

} // namespace rrdflow

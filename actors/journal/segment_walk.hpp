#pragma once

#include "actors/base/mapped_file.hpp"
#include "actors/journal/segment_list.hpp"
#include "messages/journal_feed.hpp"

#include <optional>
#include <utility>

namespace rrdflow {

/// Reads the records of a segment list in order, and finds out what is missing.
///
/// Concurrency: one thread; segments may grow and be added meanwhile.
class segment_walk {
public:
  explicit segment_walk(const segment_list& segments) : segments_{segments} {
    // nop
  }

  /// Continues at the first record at or behind `at`; `sequence` is that of the
  /// newest message before.
  void seek(position at, uint64_t sequence);

  /// Reads the next record. "Drained" may be outdated as soon as it is said.
  feed_status next(journal_record& x);

  /// As journal_feed says; of what is in memory already.
  size_t foresee(std::string_view* xs, size_t n) const noexcept;

  const journal_gap& gap() const noexcept {
    return gap_;
  }

  /// Why `next` failed: a segment is there, but cannot be opened.
  const caf::error& failure() const noexcept {
    return failure_;
  }

  /// Behind the last record or gap.
  position at() const noexcept {
    return good_;
  }

  /// All before was looked at: beyond `at` if damaged bytes come last.
  position searched() const noexcept {
    return at_;
  }

  /// The newest message so far, missing ones included.
  uint64_t sequence() const noexcept {
    return sequence_;
  }

  /// The segment of the last record.
  const segment& current() const noexcept {
    return *current_;
  }

  /// The checksum of the last record.
  uint64_t checksum() const noexcept {
    return checksum_;
  }

  /// The damaged bytes right before the end of the last gap, as far as they lie
  /// in the segment where it ends. Valid until `next`.
  std::pair<const uint8_t*, size_t> damaged_bytes() const noexcept;

private:
  bool enter(segment_ptr x);
  bool find(position limit, journal_record& x);
  feed_status report(position end, uint64_t messages);

  const segment_list& segments_;
  segment_ptr current_;
  mapped_file_ptr file_;
  uint32_t generation_ = 0;

  /// The file's bytes that were loaded.
  position loaded_from_ = 0;
  position loaded_ = 0;

  /// Where to look next; behind `good_` once damaged bytes were skipped.
  position at_ = 0;
  position good_ = 0;
  bool damaged_ = false;
  uint64_t sequence_ = 0;
  uint64_t checksum_ = 0;
  journal_gap gap_;
  caf::error failure_;
};

/// Where the first valid record at or behind `at` begins, all of it before
/// `limit`; nothing if there is none. `x` is that record.
/// @pre `bytes` holds the segment's bytes up to `limit`; `at` is aligned to 8
std::optional<position>
find_record(const uint8_t* bytes, const segment_header& header, position at,
            position limit, journal_record& x) noexcept;

} // namespace rrdflow

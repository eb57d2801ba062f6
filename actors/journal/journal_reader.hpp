#pragma once

#include "actors/base/mapped_file.hpp"
#include "actors/journal/segments.hpp"
#include "messages/journal_feed.hpp"

#include <atomic>
#include <optional>
#include <utility>

namespace rrdflow {

class journal_writer;

/// Reads the records of a segment list in order, while they are appended, and
/// finds out what is missing.
///
/// Concurrency: as journal_feed says; `consumed` may be asked in any thread.
class journal_reader final : public journal_feed {
public:
  /// @param writer appends to the segments; null: nothing is appended, and only
  ///        `seek` and `next` are called
  /// @pre both outlive the reader
  journal_reader(const segment_list& segments, journal_writer* writer)
    : segments_{segments}, writer_{writer} {
    // nop
  }

  void seek(position at, uint64_t sequence) override;
  feed_status next(journal_record& x) override;
  size_t peek_topics(std::string_view* xs, size_t n) override;

  journal_gap gap() const override {
    return gap_;
  }

  caf::error failure() const override {
    return failure_;
  }

  position at() const override {
    return good_;
  }

  std::optional<int64_t> pass_second() override;
  void wake_with(std::function<void()> f) override;

  /// The newest message that was read or is missing.
  uint64_t consumed() const noexcept {
    return consumed_.load(std::memory_order_relaxed);
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
  feed_status advance(journal_record& x);
  bool enter(segment_ptr x);
  bool open();
  bool find(position limit, journal_record& x);
  void load_to(position to);
  feed_status report(position end, uint64_t messages);

  const segment_list& segments_;
  journal_writer* writer_;
  segment_ptr current_;
  mapped_file_ptr file_;
  uint32_t generation_ = 0;

  /// The file's bytes that were loaded.
  position loaded_from_ = 0;
  position loaded_ = 0;

  /// Where to look next; behind `good_`, the end of the last record or gap,
  /// once damaged bytes were skipped.
  position at_ = 0;
  position good_ = 0;
  bool damaged_ = false;

  /// The newest message so far, missing ones included.
  uint64_t sequence_ = 0;
  std::atomic<uint64_t> consumed_{0};

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

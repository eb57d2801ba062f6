#pragma once

#include "messages/sample.hpp"

#include <caf/error.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rrdflow {

/// What a record of the journal is. The numbers are part of the format.
enum class record_kind : uint8_t {
  /// A message from the broker.
  message = 1,
  /// New rules; the payload is a packed `rules_request`.
  rules = 2,
  /// Write what waits; the payload is a packed `flush_request`.
  flush = 3,
  /// Let go of idle files; the payload is a packed `retire_request`.
  retire = 4,
  /// Free names; the payload is a packed `forget_request`.
  forget = 5,
  /// Take a record as dead; the payload is a packed `dead_record`.
  verdict = 6,
  /// Decode the messages once more that could not be decoded; no payload.
  replay = 7,
};

/// The kind with the largest number.
constexpr record_kind last_of(record_kind) noexcept {
  return record_kind::replay;
}

/// One record of the journal as its reader sees it. Views stay valid until the
/// next call of the reader.
struct journal_record {
  record_kind kind = record_kind::message;

  /// Where the record begins, and where the next one may begin.
  position begin = 0;
  position end = 0;

  /// Counts the messages, from 1, without gaps: the number of the newest
  /// message up to and including this record.
  uint64_t sequence = 0;

  /// Nanoseconds since the epoch. Never decreases.
  int64_t arrival = 0;

  /// Of a message: delivered because it was retained; delivered again.
  bool retained = false;
  bool duplicate = false;

  /// Subscription identifiers the message came with; none on MQTT 3.1.1.
  const uint32_t* identifiers = nullptr;
  size_t identifier_count = 0;

  /// The number that the writer gave to a request; 0 for messages.
  uint64_t request = 0;

  std::string_view topic;

  /// The payload of a message or the packed request.
  std::string_view payload;
};

/// What a reader found.
enum class feed_status : uint8_t {
  /// A record was read.
  record,
  /// Nothing is left; the wake function runs once more is there.
  drained,
  /// Damaged bytes were skipped; `gap()` says what is missing.
  gap,
  /// A segment cannot be read now (e.g. no memory, no descriptor), and nothing
  /// was skipped; `failure()` says why.
  failed,
};

/// Messages that are missing because bytes of the journal are damaged.
struct journal_gap {
  position begin = 0;
  position end = 0;

  /// Sequence numbers that were skipped.
  uint64_t messages = 0;
};

/// The DECODER's view of the journal. One thread reads; appending goes on in
/// others meanwhile.
class journal_feed {
public:
  virtual ~journal_feed() = default;

  /// Continues reading at the first record at or behind `at`. `sequence` is
  /// that of the newest message before `at`.
  virtual void seek(position at, uint64_t sequence) = 0;

  /// Reads the next record.
  virtual feed_status next(journal_record& x) = 0;

  /// Topics of the messages that `next` will come to, in this order, as far as
  /// they are at hand. Nothing of them was checked: they are good to have
  /// memory fetched early, and for nothing else. Valid until the next call of
  /// the feed.
  /// @returns how many, at most `n`
  virtual size_t peek_topics(std::string_view* xs, size_t n) {
    (void)xs;
    (void)n;
    return 0;
  }

  /// Describes the gap after `next` returned feed_status::gap.
  virtual journal_gap gap() const = 0;

  /// Says why after `next` returned feed_status::failed: ec::io_failed.
  virtual caf::error failure() const {
    return caf::none;
  }

  /// Where the next record begins.
  virtual position at() const = 0;

  /// Unless records wait: the second (since the epoch) that the clock shows,
  /// which no later arrival precedes.
  virtual std::optional<int64_t> pass_second() = 0;

  /// Installs the function that runs, in any thread, when a drained journal
  /// gets a record. Must not block. Empty: none.
  virtual void wake_with(std::function<void()> f) = 0;
};

} // namespace rrdflow

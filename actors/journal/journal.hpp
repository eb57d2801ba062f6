#pragma once

#include "actors/journal/journal_reader.hpp"
#include "actors/journal/journal_recovery.hpp"
#include "actors/journal/journal_writer.hpp"
#include "config/config_ptr.hpp"

#include <caf/expected.hpp>

#include <memory>
#include <string>

namespace rrdflow {

struct journal_options {
  /// The store; its folders exist (see store_lock).
  std::string directory;

  uint64_t segment_size = 64ull << 20;
  sync_policy sync = sync_policy::interval;
  uint64_t max_size = 8ull << 30;
  uint64_t disk_reserve = 1ull << 30;

  /// From the snapshots: the highest position of any, the highest sequence
  /// number, and the latest second (since the epoch) that was told. The journal
  /// goes on above.
  position at_least = 0;
  uint64_t sequence_at_least = 0;
  int64_t second_at_least = 0;

  clock_sources clock = clock_sources::system();
  journal_files files = journal_files::system();

  /// For the number of a new journal.
  uint64_t random = 0;
};

/// The options that the configuration has; the rest is the caller's.
journal_options make_journal_options(const config& x);

/// The queue of all messages, on disk. One object for the life of the process:
/// the actors of a flow come and go, and `feed().seek` begins anew.
class journal {
public:
  /// Opens the journal of a store, or begins one. Reads all of it (see
  /// `recover`) and begins a new segment; if none may be made the journal is
  /// open, but stalled. Errors: ec::io_failed.
  static caf::expected<std::shared_ptr<journal>> open(journal_options options);

  /// As `open` does.
  journal(writer_options options, std::unique_ptr<segment_list> segments,
          recovered_journal start, position at_least, arrival_clock clock);

  /// What the start found.
  const recovery_report& report() const noexcept {
    return start_.report;
  }

  /// What a start must know of what stands further on: the packed verdicts.
  const std::vector<std::string>& verdicts() const noexcept {
    return start_.verdicts;
  }

  /// Nanoseconds since the epoch: the last arrival that the start found.
  int64_t last_arrival() const noexcept {
    return start_.last_arrival;
  }

  /// Behind the last record; from here on a start without snapshot has nothing
  /// to read.
  position end() const {
    return writer_.end();
  }

  /// The number of the newest message.
  uint64_t last_sequence() const {
    return writer_.last_sequence();
  }

  /// Where a flow without a snapshot begins to read, and the newest message
  /// before.
  position begin() const;
  uint64_t sequence_before() const;

  /// Messages that the reader has not read yet.
  uint64_t waiting() const;

  /// Appends, and upkeep.
  journal_writer& writer() noexcept {
    return writer_;
  }

  /// For the DECODER.
  journal_feed& feed() noexcept {
    return reader_;
  }

private:
  std::unique_ptr<segment_list> segments_;
  recovered_journal start_;
  journal_writer writer_;
  journal_reader reader_;
};

using journal_ptr = std::shared_ptr<journal>;

} // namespace rrdflow

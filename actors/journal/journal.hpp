#pragma once

#include "actors/base/metrics.hpp"
#include "actors/journal/journal_reader.hpp"
#include "actors/journal/journal_recovery.hpp"
#include "actors/journal/journal_writer.hpp"
#include "config/config_ptr.hpp"

#include <caf/expected.hpp>

#include <memory>
#include <string>
#include <vector>

namespace rrdflow {

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
  journal(const journal_options& options, const std::string& folder,
          std::unique_ptr<segment_list> segments, recovered_journal start);

  /// What the start found.
  const recovery_report& report() const noexcept {
    return start_.report;
  }

  /// What a start must know of what stands further on: the packed verdicts.
  const std::vector<std::string>& verdicts() const noexcept {
    return start_.verdicts;
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
  computed_metric taken_;
  computed_metric waiting_;
  computed_metric bytes_;
  counter lost_;
  gauge torn_;
};

using journal_ptr = std::shared_ptr<journal>;

} // namespace rrdflow

#pragma once

#include "actors/journal/segments.hpp"
#include "messages/journal_feed.hpp"

#include <string>
#include <vector>

namespace rrdflow {

/// Bytes behind the last record that are none.
struct torn_tail {
  position at = 0;
  uint64_t bytes = 0;
};

/// What a start found in the journal.
struct recovery_report {
  /// Records that can be read.
  uint64_t records = 0;

  /// Bytes behind the last record that are none: what a crash tore.
  uint64_t torn_bytes = 0;

  /// Where they are.
  std::vector<torn_tail> torn;

  /// Behind the last record.
  position end = 0;

  /// What is missing in the middle. The bytes are kept in quarantine/.
  std::vector<journal_gap> gaps;

  /// Segments whose header was damaged, wholly or in one copy.
  uint64_t damaged_headers = 0;

  /// Files that had another segment's name. Of two files with the same
  /// positions the second goes to quarantine/.
  uint64_t misnamed = 0;

  /// Segments that do not follow the one before, and those of another journal,
  /// which are in quarantine/.
  uint64_t foreign = 0;

  /// What could not be put right (e.g. no space for quarantine/); the journal
  /// works nevertheless.
  std::vector<std::string> problems;

  /// Messages in all gaps.
  uint64_t missing_messages() const;

  /// Messages that no snapshot has either: in gaps behind it, and in segments
  /// that are gone. Known to `journal::open`, which knows of the snapshot.
  uint64_t lost_messages = 0;
};

/// Where a journal goes on.
struct recovered_journal {
  recovery_report report;

  /// The journal's random number; 0 if nothing says it.
  uint64_t id = 0;

  /// Behind the last record, and that record's checksum.
  position end = 0;
  uint64_t checksum = 0;

  /// No segment, not even a lost one, has had this position or one behind.
  position unused = 0;

  uint64_t last_sequence = 0;

  /// Nanoseconds since the epoch.
  int64_t last_arrival = 0;

  uint64_t last_request = 0;

  /// The payloads of all `record_kind::verdict`s.
  std::vector<std::string> verdicts;
};

/// Reads all segments in `folder`, believes their headers more than the files'
/// names, finds where each ends, cuts what is torn or was never used, removes
/// what an interrupted making left behind, and fills `segments`.
///
/// Damaged bytes with valid records behind them stay where they are (a reader
/// meets the same gap each time) and are copied into `quarantine`; so are bytes
/// that are cut.
///
/// @param segment_size of segments to come; each may once have had it
/// @param id the journal's number; 0 if it is not known: then most segments
///        have it
/// Errors: ec::io_failed if the folder or a segment cannot be read or synced.
caf::expected<recovered_journal>
recover(const journal_files& files, const std::string& folder,
        const std::string& quarantine, uint64_t segment_size, uint64_t id,
        segment_list& segments);

/// The newest message before the first segment of a journal.
uint64_t sequence_before(const segment& first);

} // namespace rrdflow

#pragma once

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <string>

namespace rrdflow {

// A journal's number is in each of its segments, and in `<store>/journal.id`,
// so that a segment of another journal is known even if it is the only one. The
// file has two numbers of 16 hex digits: the journal's, and its XXH3.

/// The journal's number; 0 if there is no such file. Errors: ec::damaged,
/// ec::io_failed, ec::disk_full.
caf::expected<uint64_t> read_journal_id(const std::string& store);

/// Writes the number, synced. Errors: ec::io_failed, ec::disk_full.
caf::error write_journal_id(const std::string& store, uint64_t id);

} // namespace rrdflow

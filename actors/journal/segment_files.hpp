#pragma once

#include "actors/base/mapped_file.hpp"
#include "actors/journal/journal_format.hpp"

#include <functional>
#include <string>

namespace rrdflow {

/// What the journal asks of the system and what may fail; thread-safe.
struct journal_files {
  /// Makes a file's data durable; -1 and errno on failure.
  std::function<int(int fd)> sync;

  /// Gives a file its bytes on disk; 0 or an error number.
  std::function<int(int fd, uint64_t size)> allocate;

  /// Bytes that we may still use on the disk of that folder.
  std::function<uint64_t(const std::string& folder)> available;

  /// fdatasync, posix_fallocate, statvfs.
  static journal_files system();
};

/// Makes a segment of `size` bytes with that header: under a temporary name,
/// preallocated and synced, then renamed. Leaves nothing behind on errors:
/// ec::disk_full, ec::io_failed.
caf::expected<mapped_file_ptr>
make_segment(const journal_files& files, const std::string& folder,
             const segment_header& header, uint64_t size);

/// Replaces a segment by a copy on other blocks, read from its mapping and
/// synced. What cannot be read any more is zero in the copy.
caf::expected<mapped_file_ptr>
copy_segment(const journal_files& files, const std::string& folder,
             position base, const mapped_file& from);

/// Ends a segment at the offset `used`, gives back what lies behind, and writes
/// the header at both ends. Does not sync.
caf::error cut_segment(const std::string& path, const segment_header& header,
                       uint64_t used);

/// Makes a file's data durable, whoever wrote it.
caf::error sync_file(const journal_files& files, const std::string& path);

/// Notes that a sync of a segment failed. What could not be written counts as
/// clean from then on, for other processes, too: only a copy is to be trusted.
/// The note has to outlive this process, not the page cache: it is not synced.
void note_failed_sync(const std::string& folder) noexcept;

/// Whether a sync failed and the segments were not copied since.
bool has_failed_sync(const std::string& folder) noexcept;

/// All segments are copied, or synced without failure.
void forget_failed_sync(const std::string& folder) noexcept;

/// Writes bytes into a new file, synced; a file that exists stays as it is.
caf::error
keep_bytes(const std::string& path, const uint8_t* bytes, size_t size);

} // namespace rrdflow

#pragma once

#include "actors/base/mapped_file.hpp"
#include "actors/journal/journal_format.hpp"

#include <caf/expected.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace rrdflow {

/// A segment that has been begun, as writer, reader and keeper share it.
struct segment {
  std::string path;
  segment_header header;

  /// False if both copies of the header are damaged: `header` then has only
  /// `base` and a guess of `id`.
  bool header_known = true;

  /// Bytes on disk.
  uint64_t size = 0;

  /// Where the records end. Grows by appending (release) while the segment is
  /// the newest; what lies before may be read (acquire).
  std::atomic<position> end{0};

  /// Grows when the file was replaced by a copy: mappings are stale.
  std::atomic<uint32_t> generation{0};

  /// Where the first record begins.
  position first() const noexcept {
    return header.base + segment_header_size;
  }
};

using segment_ptr = std::shared_ptr<segment>;

/// The segments in the order of their positions. Thread-safe.
class segment_list {
public:
  /// @pre `x` lies behind all others
  void add(segment_ptr x);

  /// Takes all out that end at or before `covered`, the newest and those from
  /// position `keep` on excepted.
  std::vector<segment_ptr> take_covered(position covered, position keep);

  /// The segment that holds `at` or, if there is none, the next one behind, or
  /// the last one before.
  segment_ptr find(position at) const;

  /// The segment behind the one with that base, or null.
  segment_ptr after(position base) const;

  /// Bytes on disk of all segments that end behind `covered`.
  uint64_t bytes(position covered = 0) const;

  std::vector<segment_ptr> all() const;

private:
  mutable std::mutex lock_;
  std::vector<segment_ptr> xs_;
};

// -- files --------------------------------------------------------------------

/// What the journal asks of the system and what may fail; thread-safe.
struct journal_files {
  /// Makes a file's data durable; -1 and errno on failure.
  std::function<int(int fd)> sync;

  /// Gives a file its bytes on disk; 0 or an error number.
  std::function<int(int fd, uint64_t size)> allocate;

  /// Bytes that this process may still use on the disk of that folder.
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

/// Makes a file's data durable, by whichever process it was written.
caf::error sync_file(const journal_files& files, const std::string& path);

/// Notes that a sync of a segment failed. What could not be written counts as
/// clean from then on, for other processes, too: only a copy is to be trusted.
/// The note has to outlive this process, not the page cache: it is not synced.
void note_failed_sync(const std::string& folder) noexcept;

/// Whether a sync failed and the segments were not copied since.
bool has_failed_sync(const std::string& folder) noexcept;

/// All segments are copied, or synced without failure.
void forget_failed_sync(const std::string& folder) noexcept;

} // namespace rrdflow

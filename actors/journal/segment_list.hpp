#pragma once

#include "actors/journal/journal_format.hpp"

#include <atomic>
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

  /// Bytes on disk.
  uint64_t bytes() const;

  std::vector<segment_ptr> all() const;

private:
  mutable std::mutex lock_;
  std::vector<segment_ptr> xs_;
};

} // namespace rrdflow

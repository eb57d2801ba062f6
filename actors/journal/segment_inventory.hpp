#pragma once

#include "actors/journal/segment_list.hpp"
#include "messages/error.hpp"

#include <caf/expected.hpp>

#include <string>
#include <vector>

namespace rrdflow {

/// A segment file as it was found.
struct found_segment {
  segment_ptr segment;

  /// Bytes without the header at the end.
  uint64_t data_size = 0;

  /// One copy of the header, or both, cannot be read.
  bool header_damaged = false;
};

struct segment_inventory {
  /// In the order of their positions, each under its right name.
  std::vector<found_segment> segments;

  /// The journal's random number; 0 if nothing says it.
  uint64_t id = 0;

  /// Behind all positions that any of the files may ever have had.
  position unused = 0;

  /// Files that had another segment's name. Two files with the same positions:
  /// the second goes to quarantine.
  uint64_t misnamed = 0;

  /// Segments of other journals, which are in quarantine now.
  uint64_t foreign = 0;

  /// Files that could not be put right.
  std::vector<std::string> problems;
};

/// Reads the headers of all segments in `folder`, believes them more than the
/// files' names, and removes what an interrupted making left behind. Each
/// segment may once have had `segment_size` bytes. `id` is the journal's
/// number, or 0: then most segments have it. Errors: ec::io_failed if the
/// folder or a segment cannot be read.
caf::expected<segment_inventory>
take_inventory(const std::string& folder, const std::string& quarantine,
               uint64_t segment_size, uint64_t id);

} // namespace rrdflow

#pragma once

#include "actors/base/calendar.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace rrdflow {

/// What became of a file.
struct converted_file {
  std::string from;
  std::string to;

  /// Seconds, by the file's clock and by UTC.
  int64_t was = 0;
  int64_t is = 0;

  /// Rows whose time is not exact.
  uint64_t inexact = 0;

  /// Empty: it was converted.
  std::string failed;
};

/// Where the conversion of `from`, a file or a folder, goes by default:
/// beside it, "a.rrd" to "a.utc.rrd".
std::string default_target(const std::string& from);

/// Converts a file, or each .rrd file of a folder into the folder `to`, which
/// is made if it is missing, under the names that the store gives them. No file
/// is changed or replaced; a new one is there as a whole, and synced. It is
/// 0640, a new folder 0750; made by root, they belong to the owner of the
/// folder that they are put into.
std::vector<converted_file>
convert_files(const std::string& from, const std::string& to,
              const time_zone& clock);

} // namespace rrdflow

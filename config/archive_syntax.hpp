#pragma once

#include "config/file_definition.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// What one entry of `archives` stands for.
struct parsed_archives {
  std::vector<archive_definition> archives;

  /// Why there are none.
  std::string mistake;
};

/// Reads "10s for 1d" (AVERAGE, MIN and MAX), "10s for 1d LAST" or
/// "RRA:AVERAGE:0.5:1:8640" for files of `step` seconds. `xff` is for entries
/// that do not say it.
parsed_archives parse_archive(std::string_view text, int64_t step, double xff);

/// The archives of a rule that names none, each with AVERAGE, MIN and MAX:
/// every step for 1440 to 8640 steps, then coarser ones up to two years. For a
/// step of 10 s: "10s for 1d", "1m for 7d", "1h for 2y".
std::vector<archive_definition> default_archives(int64_t step, double xff);

/// The archives of the original for an [[rrd]] that names none: AVERAGE, MAX
/// and MIN of 1, 12, 144 and 288 steps, 1440 rows each.
std::vector<archive_definition> original_archives(double xff);

} // namespace rrdflow

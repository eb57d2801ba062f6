#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace rrdflow {

// The numbers of these enumerators are stored, in snapshots and in the catalog.

/// How RRD reads the numbers of a data source.
enum class source_type : uint8_t {
  gauge = 0,
  counter = 1,
  derive = 2,
  absolute = 3,
  dcounter = 4,
  dderive = 5,
};

/// What a slot keeps of several readings.
enum class slot_sample : uint8_t {
  last = 0,
  mean = 1,
  min = 2,
  max = 3,
  sum = 4,
  count = 5,
};

/// What stands in a gap of a GAUGE.
enum class gap_fill : uint8_t { heartbeat = 0, hold = 1, none = 2 };

enum class consolidation : uint8_t { average = 0, min = 1, max = 2, last = 3 };

/// The enumerator with the largest number.
constexpr source_type last_of(source_type) noexcept {
  return source_type::dderive;
}

constexpr slot_sample last_of(slot_sample) noexcept {
  return slot_sample::count;
}

constexpr gap_fill last_of(gap_fill) noexcept {
  return gap_fill::none;
}

constexpr consolidation last_of(consolidation) noexcept {
  return consolidation::last;
}

/// One data source (DS) of a file.
struct source_definition {
  /// The DS name in the file: 1 to 19 of `[A-Za-z0-9_-]`.
  std::string name = "value";

  source_type type = source_type::gauge;
  slot_sample sample = slot_sample::last;
  gap_fill fill = gap_fill::heartbeat;

  /// Seconds, at least one step; of a new file if it is learned.
  int64_t heartbeat = 0;

  /// NaN: none is asked for, a file keeps the one that it has ("U" if it is
  /// new). Infinite: it shall have none, whatever it had.
  double min = std::numeric_limits<double>::quiet_NaN();
  double max = std::numeric_limits<double>::quiet_NaN();

  /// If not 0, the heartbeat follows the intervals of the readings, up to so
  /// many seconds.
  int64_t heartbeat_max = 0;

  bool learns_heartbeat() const noexcept {
    return heartbeat_max != 0;
  }
};

/// One round-robin archive (RRA) of a file.
struct archive_definition {
  consolidation function = consolidation::average;

  /// The share of unknown points a consolidated one may have, in [0, 1).
  double xff = 0.5;

  /// Slots that make one row, and the number of rows.
  uint32_t steps = 1;
  uint32_t rows = 1;
};

/// Everything that a file's shard and writer must know about it. Immutable and
/// shared by all files that are alike.
struct file_definition {
  /// Seconds of one slot.
  int64_t step = 10;

  /// Seconds that a slot stays open after its end.
  int64_t lateness = 0;

  std::vector<source_definition> sources;
  std::vector<archive_definition> archives;
};

using definition_ptr = std::shared_ptr<const file_definition>;

/// Whether readings of this type are 64-bit integers instead of doubles.
constexpr bool is_integer(source_type x) noexcept {
  return x == source_type::counter || x == source_type::derive;
}

/// Whether RRD makes a rate of the readings: of all but GAUGE.
constexpr bool is_rate(source_type x) noexcept {
  return x != source_type::gauge;
}

/// The name that rrdtool gives to `x`, e.g. "GAUGE".
const char* to_string(source_type x);

/// The name that rrdtool gives to `x`, e.g. "AVERAGE".
const char* to_string(consolidation x);

const char* to_string(slot_sample x);
const char* to_string(gap_fill x);

/// Equality of every member; NaN limits are equal to each other.
bool operator==(const source_definition& x, const source_definition& y);
bool operator==(const archive_definition& x, const archive_definition& y);
bool operator==(const file_definition& x, const file_definition& y);

/// Whether rows of one fit the other: step, and names and types of the sources
/// in their order.
bool same_layout_of_rows(const file_definition& x, const file_definition& y);

/// Whether a file of one is as a file of the other, but for what can be tuned:
/// step, archives, and names and types of the sources in their order.
bool same_shape(const file_definition& x, const file_definition& y);

/// The exact number of bytes of the RRD file that librrd makes of `x` on a
/// 64-bit machine.
uint64_t rrd_file_size(const file_definition& x);

} // namespace rrdflow

#pragma once

#include "actors/cache/fill.hpp"
#include "actors/cache/row_buffer.hpp"
#include "messages/sample.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace rrdflow {

/// Seconds since the epoch, until 2106: a million files have many of them.
using second32 = uint32_t;

/// Later than any second.
constexpr second32 never = std::numeric_limits<second32>::max();

/// The last second that is told apart.
constexpr int64_t last_second = int64_t{never} - 1;

/// What is out of bounds becomes the bound.
constexpr second32 to_second32(int64_t x) noexcept {
  return static_cast<second32>(std::clamp<int64_t>(x, 0, last_second));
}

/// The newest reading of a source that went into a row.
struct newest_reading {
  /// Nanoseconds; 0: there is none.
  int64_t time = 0;
  value_bits value;
};

/// What a file of several sources must remember of each.
struct many_sources {
  std::vector<newest_reading> newest;
  std::vector<past_reading> past;
};

/// What becomes of a file's sealed rows at present.
enum class file_stage : uint8_t {
  /// Nothing: it has none.
  idle,
  /// They wait to be handed over.
  ready,
  /// A job is with the writer.
  in_flight,
  /// A job came back; they wait to be tried again.
  retrying,
};

/// What a shard knows of one file and touches for each reading: what fits into
/// one line of the processor's caches. The rest has the `file_table`.
struct alignas(64) cached_file {
  /// Rows that are not confirmed: first those that are sealed, of which the
  /// first are in a job in flight.
  row_buffer rows;

  /// Of a file of several sources: those, which the table owns.
  union {
    newest_reading newest = {};
    many_sources* many;
  };

  uint32_t sealed = 0;

  /// Readings at or before are late.
  second32 sealed_until = 0;

  /// When the first reading that waits unsealed came, and the newest at all.
  second32 first_arrival = 0;
  second32 newest_arrival = 0;

  /// When rows are to be sealed next.
  second32 event = never;

  /// In the table's definitions.
  uint32_t definition = 0;

  file_id id = 0;

  /// Rows in the job in flight.
  uint16_t handed = 0;

  /// Jobs that failed in a row.
  uint8_t failures = 0;

  file_stage stage : 2;

  /// Somebody waits for its rows.
  bool urgent : 1;

  /// To be forgotten as soon as its rows are written.
  bool releasing : 1;

  /// The same, unless a reading comes before.
  bool retiring : 1;

  /// The job in flight is of rows that are given up already.
  bool disowned : 1;

  /// Of a file of one source: the value in front of `rows` is known.
  bool past_known : 1;

  bool in_use : 1;

  cached_file()
    : stage{file_stage::idle}, urgent{}, releasing{}, retiring{}, disowned{},
      past_known{}, in_use{} {
    // nop
  }

  size_t unsealed() const noexcept {
    return rows.size() - sealed;
  }
};

static_assert(sizeof(cached_file) == 64);

} // namespace rrdflow

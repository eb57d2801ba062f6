#pragma once

#include "actors/cache/fill.hpp"
#include "actors/cache/row_buffer.hpp"
#include "config/file_definition.hpp"
#include "messages/sample.hpp"

#include <cstdint>
#include <deque>
#include <limits>
#include <vector>

namespace rrdflow {

/// Later, or earlier, than any second.
constexpr int64_t never = std::numeric_limits<int64_t>::max();
constexpr int64_t always = std::numeric_limits<int64_t>::min();

/// The newest reading of a source that went into a row.
struct newest_reading {
  /// Nanoseconds; 0: there is none.
  int64_t time = 0;
  value_bits value;
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

/// All that a shard knows of one file. Times are seconds.
struct cached_file {
  file_id id = 0;
  definition_ptr definition;

  /// Rows that are not confirmed: first those that are sealed, of which the
  /// first are in a job in flight.
  row_buffer rows{1};
  uint32_t sealed = 0;
  uint32_t handed = 0;

  /// Readings at or before are late.
  int64_t sealed_until = 0;

  /// When the first reading that waits unsealed came, and the newest at all.
  int64_t first_arrival = 0;
  int64_t newest_arrival = 0;

  /// When rows are to be sealed next.
  int64_t event = never;

  /// Added to flush_after.
  int64_t jitter = 0;

  /// To be forgotten unless a reading came since.
  int64_t retire_before = always;

  /// The stream's position when rows were sealed last.
  position sealed_at = 0;

  /// In front of the first of `rows`.
  row_past past;

  /// One for each source.
  std::vector<newest_reading> newest;

  /// The last marker at which this file was packed.
  uint64_t packed = 0;

  file_stage stage = file_stage::idle;

  /// Jobs that failed in a row.
  uint8_t failures = 0;

  /// Somebody waits for its rows.
  bool urgent = false;

  /// To be forgotten as soon as its rows are written.
  bool releasing = false;

  /// The job in flight is of rows that are given up already.
  bool disowned = false;

  bool in_use = false;

  /// Has this come from memory while something else is done.
  void prefetch() const noexcept {
    auto* begin = reinterpret_cast<const char*>(this);
    for (size_t i = 0; i < sizeof(cached_file); i += 64)
      __builtin_prefetch(begin + i);
  }

  /// The same for what a reading touches behind it.
  void prefetch_rows() const noexcept {
    rows.prefetch();
    __builtin_prefetch(newest.data());
  }

  size_t unsealed() const noexcept {
    return rows.size() - sealed;
  }

  int64_t end_of(row_view row) const noexcept {
    return row.slot() * definition->step;
  }

  /// When the row may be sealed.
  int64_t over_at(row_view row) const noexcept {
    return end_of(row) + definition->lateness;
  }
};

/// The files of a shard. References stay valid until a file is removed.
class file_table {
public:
  /// Null if the file is unknown.
  cached_file* find(file_id id) noexcept {
    return id < index_.size() && index_[id] != none ? &files_[index_[id]]
                                                    : nullptr;
  }

  /// @pre `id` is unknown
  cached_file& add(file_id id);

  void remove(cached_file& x);

  /// Files live at [0, places()); where `in_use` is false there is none.
  size_t places() const noexcept {
    return files_.size();
  }

  cached_file& at(size_t place) noexcept {
    return files_[place];
  }

  size_t size() const noexcept {
    return files_.size() - free_.size();
  }

private:
  static constexpr uint32_t none = 0xffffffff;

  std::deque<cached_file> files_;
  std::vector<uint32_t> free_;

  /// Place by file_id: these are dense.
  std::vector<uint32_t> index_;
};

} // namespace rrdflow

#pragma once

#include "actors/writer/rrd_decimal.hpp"
#include "actors/writer/rrd_header.hpp"
#include "config/file_definition.hpp"
#include "messages/sample.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// Says for each source of a file, in the file's order, where a job has its
/// cell.
struct column {
  /// Index into the job's sources, or -1: the job has none.
  int from = -1;

  source_type type = source_type::gauge;
};

/// How a job's sources lie in a file.
struct column_map {
  std::vector<column> columns;

  /// Sources of the job that the file lacks or has with another type; for
  /// people, empty if there are none.
  std::string missing;

  /// Whether the file has any of the job's sources.
  bool any = false;
};

/// Matches sources by name.
column_map
match_columns(const file_definition& job, const file_definition& file);

/// Computes what rows change in an RRD file, without touching it.
///
/// Operation: `begin` with a file's header, `apply` the rows, then read off the
/// live part and the rows of the archives. The result is, bit for bit, what
/// `rrd_update_r` makes of the rows' texts (rrdtool 1.7.2, src/rrd_update.c):
/// the order of each floating-point operation is librrd's, and the tests
/// compare the two. May be used for one file after the other.
/// Concurrency: none.
/// Limitations: version 0003; sources of type GAUGE, COUNTER, DERIVE and
/// ABSOLUTE; x86-64, since elsewhere librrd's compiler may have fused
/// operations. `begin` says no to anything else.
class row_update {
public:
  /// Bytes of rows that one update may write; keeps what is in memory bounded.
  static constexpr uint64_t max_bytes = 4u << 20;

  /// One archive, and what is to be written into it.
  struct archive {
    bool wanted = true;
    consolidation function = consolidation::average;
    uint64_t rows = 0;
    uint64_t steps = 0;

    /// So many unknown points are too many.
    double tolerance = 0;

    /// Where its first row is in the file.
    uint64_t begin = 0;

    /// Where its prepared values are in the live part.
    size_t prepared = 0;

    /// The row that was written last.
    uint64_t newest = 0;

    /// New rows up to `newest`, oldest first; more than `rows` if some are
    /// overwritten again.
    std::vector<double> values;
  };

  row_update();

  /// Takes up a file. Returns false if only librrd can bring it to the second
  /// `newest`.
  /// @param wanted whether rows of an archive are to be computed, by its index;
  /// empty: of all of them, without which the live part is not the file's
  /// @pre `header` is ok
  bool begin(const rrd_header& header, int64_t newest,
             const std::vector<bool>& wanted = {});

  /// Applies the rows from `first` on that are newer than all before. A row's
  /// heartbeat counts as if it had been tuned just before the row.
  /// @pre the row at `first` is newer than the file, none is newer than
  /// `newest`; `rows` has `sources` cells for each time
  void apply(const row_block& rows, size_t first, size_t sources,
             const column_map& map);

  /// The newest row, in microseconds since the epoch.
  int64_t last_update() const noexcept {
    return last_update_ * 1000000 + microseconds_;
  }

  /// The part of the header that changes.
  std::string_view live() const noexcept {
    return live_;
  }

  const std::vector<archive>& archives() const noexcept {
    return archives_;
  }

  /// Values in one row.
  size_t width() const noexcept {
    return sources_.size();
  }

private:
  struct source {
    source_type type = source_type::gauge;
    double heartbeat = 0;
    double min = 0;
    double max = 0;

    /// The last reading, of integer types.
    rrd_decimal::counter last;

    /// Where its part of the live part is.
    size_t pending = 0;

    /// Rate times seconds since the last update; NaN if unknown.
    double increment = 0;

    /// The rate of the time that ends with the step.
    double point = 0;
  };

  /// The seconds between two updates.
  struct span {
    double all = 0;

    /// Up to the newest step's end between them, and behind that.
    double before = 0;
    double behind = 0;
  };

  bool take_sources(const rrd_header& header);
  bool take_archives(const rrd_header& header, int64_t newest,
                     const std::vector<bool>& wanted);
  void apply_row(int64_t microtime, const cell* cells, const column_map& map);
  void count(source& x, const cell& reading, double interval);
  void add(source& x, double interval);
  void close_step(source& x, const span& time, uint64_t seconds);
  void split(span& time, uint64_t open, uint64_t done);
  void consolidate(uint64_t steps, uint64_t done);
  void carry(const archive& to, size_t at, double point, uint64_t steps);
  void finish(const archive& to, size_t at, double point, uint64_t steps,
              uint64_t offset);
  void emit(archive& to, uint64_t count);
  void keep_texts(const cell* cells, const column_map& map);

  template <class T>
  T load(size_t at) const;

  template <class T>
  void store(size_t at, T value);

  /// librrd's NaN.
  double unknown_;
  uint64_t step_ = 1;
  int64_t last_update_ = 0;
  int64_t microseconds_ = 0;
  std::string live_;
  std::vector<source> sources_;
  std::vector<archive> archives_;
};

template <class T>
T row_update::load(size_t at) const {
  T result;
  std::memcpy(&result, live_.data() + at, sizeof(T));
  return result;
}

template <class T>
void row_update::store(size_t at, T value) {
  std::memcpy(live_.data() + at, &value, sizeof(T));
}

} // namespace rrdflow

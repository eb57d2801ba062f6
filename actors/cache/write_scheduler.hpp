#pragma once

#include "actors/cache/file_table.hpp"
#include "actors/cache/shard_section.hpp"
#include "messages/writer_values.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace rrdflow {

/// Numbers those positions of the journal at which rows were sealed, and knows
/// which of them are safe on disk. A file has 4 bytes instead of 8.
///
/// Limitations: 2^32 positions, one a second at most.
class synced_positions {
public:
  /// The number of a position.
  /// @pre positions never decrease
  uint32_t number(position at) {
    if (at <= synced_)
      return 0;
    if (waiting_.empty() || waiting_.back().first != at)
      waiting_.emplace_back(at, ++last_);
    return last_;
  }

  /// The journal is safe up to `x`.
  void synced(position x) {
    synced_ = std::max(synced_, x);
    for (; !waiting_.empty() && waiting_.front().first <= synced_;
         waiting_.pop_front())
      safe_ = waiting_.front().second;
  }

  bool is_synced(uint32_t number) const noexcept {
    return number <= safe_;
  }

private:
  position synced_ = 0;
  std::deque<std::pair<position, uint32_t>> waiting_;
  uint32_t last_ = 0;
  uint32_t safe_ = 0;
};

/// Decides which files' sealed rows go to the writer next.
///
/// Operation: a file is ready once it has sealed rows that the journal holds
/// safely and no job in flight. Files that a request waits for go first, the
/// others in the order in which they got ready. A job that came back waits for
/// its time.
class write_scheduler {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Files of one message to the writer, and rows of one job.
  static constexpr size_t max_files = 256;
  static constexpr size_t max_rows = 512;

  write_scheduler(file_table& files, shard_packer& packer)
    : files_{files}, packer_{packer} {
    // nop
  }

  /// Rows of `x` were sealed at `at`: they wait until the journal is safe up to
  /// there.
  void sealed(cached_file& x, position at) {
    files_.sealed_at(x) = positions_.number(at);
    ready(x);
  }

  /// `x` has sealed rows; does nothing if these are on their way already.
  void ready(cached_file& x);

  /// A request waits for the rows of `x`.
  void prioritize(cached_file& x);

  /// The journal is safe up to `x`.
  void synced(position x);

  /// Makes up to `max_files` jobs, only urgent ones or only others. Each is to
  /// be answered by `returned` or `repeat`.
  std::vector<write_job> take(bool urgent);

  /// The job in flight of `x` is over.
  void returned(cached_file& x);

  /// The job in flight of `x` is over and to be repeated at `when`.
  void repeat(cached_file& x, time_point when);

  /// Makes the jobs ready whose time has come.
  void wake(time_point now);

  /// When `wake` has something to do.
  std::optional<time_point> next_wake() const;

private:
  void enqueue(cached_file& x);
  write_job make_job(cached_file& x);

  file_table& files_;
  shard_packer& packer_;
  synced_positions positions_;

  // May name files that went another way meanwhile.
  std::deque<file_id> normal_;
  std::deque<file_id> urgent_;
  std::vector<file_id> unsynced_;
  std::multimap<time_point, file_id> retries_;
};

} // namespace rrdflow

#pragma once

#include "actors/cache/file_table.hpp"
#include "actors/cache/synced_positions.hpp"
#include "messages/writer_values.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace rrdflow {

/// Decides which files' sealed rows go to the writer next.
///
/// Operation: a file is ready once it has sealed rows that the journal holds
/// safely and no job in flight. What somebody waits for goes first, the rest in
/// the order in which it got ready. A job that came back waits for its time.
class write_scheduler {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Files of one message to the writer, and rows of one job.
  static constexpr size_t max_files = 256;
  static constexpr size_t max_rows = 512;

  explicit write_scheduler(file_table& files) : files_{files} {
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

  /// Somebody waits for the rows of `x`.
  void hurry(cached_file& x);

  /// The journal is safe up to `x`.
  void synced(position x);

  /// Makes up to `max_files` jobs, only urgent ones or only others. Calls
  /// `before(file)` before it changes a file. Each job is to be answered by
  /// `returned`.
  std::vector<write_job>
  take(bool urgent, const std::function<void(cached_file&)>& before);

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
  synced_positions positions_;

  // May name files that went another way meanwhile.
  std::deque<file_id> normal_;
  std::deque<file_id> urgent_;
  std::vector<file_id> unsynced_;
  std::multimap<time_point, file_id> retries_;
};

} // namespace rrdflow

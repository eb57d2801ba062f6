#pragma once

#include "actors/base/metrics.hpp"
#include "messages/writer_values.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace rrdflow {

/// The steps of a batch of jobs that change files.
enum class write_step : uint8_t {
  /// A new file is there under a temporary name.
  created,
  /// The headers go into the undo log next.
  log,
  /// The undo log is on disk; the first file changes next.
  logged,
  /// Rows are written into a file next.
  update,
  /// A file's archives have the rows, its header not yet. Not told if librrd
  /// writes.
  rows,
  /// The file is done; the outcome is not reported yet.
  updated,
};

/// What a writer must know.
struct writer_settings {
  /// May be null; must outlive the writer.
  metric_registry* metrics = nullptr;

  /// The store's directory.
  std::string store;

  /// Which of the writers.
  uint32_t index = 0;

  /// The marker of the snapshot that the flow started from; 0: there is none.
  uint64_t marker = 0;

  /// 0: no limit.
  double max_files_per_second = 0;
  double creates_per_second = 100;

  /// Bytes; below it no file is created.
  uint64_t disk_reserve = 0;

  /// False: no undo logs. Only a test shows what happens then.
  bool undo_log = true;

  /// False: librrd writes all files. Only a test shows how they differ.
  bool own_rows = true;

  /// False: files with holes are written as they are. Only a test shows what a
  /// full disk does then.
  bool fill_holes = true;

  /// Told each step, by the writer's thread. Only tests listen, to end the
  /// process there.
  std::function<void(write_step)> at_step = [](write_step) {};

  /// A switch for tests: sees each job before its file is touched. May be
  /// empty.
  std::function<void(const write_job&)> before_job;

  std::function<std::chrono::steady_clock::time_point()> clock
    = std::chrono::steady_clock::now;
};

} // namespace rrdflow

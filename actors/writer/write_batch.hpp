#pragma once

#include "actors/writer/write_engine.hpp"
#include "messages/writer_values.hpp"

#include <caf/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// Jobs for different files that share one write to the undo log.
class write_batch {
public:
  /// @param size so many jobs are to come
  write_batch(write_engine& engine, size_t size) : engine_{engine} {
    tasks_.reserve(size);
  }

  /// Inspects the job's file, and creates it if it is missing.
  /// @pre `job` lives as long as this object
  void add(const write_job& job);

  /// Logs, then writes. Fails only if the undo log is broken or a file is torn.
  caf::error run();

  std::vector<write_outcome> take();

private:
  struct task {
    const write_job* job = nullptr;
    std::string path;
    write_outcome outcome;

    /// The outcome is known.
    bool finished = false;

    opened_file file;
    rrd_header header;
    column_map columns;

    /// The first row behind the file's last update.
    size_t first = 0;

    /// A new file, until it is published.
    temporary_file temporary;

    /// It has a record that is not in the log yet.
    bool logging = false;
  };

  /// An exception of `f` fails this task alone.
  template <class F>
  void contain(task& x, F f);

  void inspect(task& x);
  void create(task& x);
  void log(task& x);
  void apply(task& x);

  /// Counts which rows are in the file now.
  void conclude(task& x, const update_result& result);

  static void finish(task& x, write_status status, std::string_view reason);

  /// Finishes a task whose remaining rows can never be written.
  static void abandon(task& x, std::string_view reason);

  /// Finishes a task whose file or folder could not be opened or made.
  static void not_opened(task& x, open_state state, const std::string& reason);

  /// Finishes a task that failed for a reason which is its file's own.
  static void fail_alone(task& x, std::string_view reason);

  write_engine& engine_;
  std::vector<task> tasks_;
  caf::error torn_;
};

} // namespace rrdflow

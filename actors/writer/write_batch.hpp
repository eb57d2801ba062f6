#pragma once

#include "actors/writer/rrd_create.hpp"
#include "actors/writer/rrd_values.hpp"
#include "actors/writer/write_engine.hpp"
#include "messages/writer_values.hpp"

#include <caf/error.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// A few jobs of different files on their way through the undo log.
class write_batch {
public:
  /// @param size so many jobs are to come
  write_batch(write_engine& engine, size_t size) : engine_{engine} {
    tasks_.reserve(size);
  }

  /// Looks at the job's file, and makes it if it is not there.
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
    bool over = false;

    opened_file file;
    rrd_header header;
    column_map columns;

    /// The first row behind the file's last update.
    size_t first = 0;

    /// The file's name in the folder of new files; empty: it is in place.
    std::string fresh;

    /// It has a record that is not in the log yet.
    bool logging = false;
  };

  /// Whatever `f` throws is the trouble of this file alone.
  template <class F>
  void contain(task& x, F f);

  void look(task& x);
  void create(task& x);
  void log(task& x);
  void perform(task& x);
  bool publish(task& x);

  /// Counts which rows are in the file now.
  void settle(task& x, const update_result& result);

  /// Nothing more is written.
  caf::error give_up(caf::error why);

  /// Ways for a task to end without a row written.
  static void over(task& x, write_status status, std::string_view reason);
  static void abandon(task& x, std::string_view reason);

  /// Fails for a reason that says nothing about other files.
  static void fail_alone(task& x, std::string_view reason);

  write_engine& engine_;
  std::vector<task> tasks_;
  caf::error torn_;
};

} // namespace rrdflow

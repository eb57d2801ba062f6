#pragma once

#include "actors/journal/segments.hpp"
#include "actors/writer/writer_settings.hpp"
#include "messages/journal_feed.hpp"
#include "runtime/service/guarded_actor.hpp"

#include <atomic>
#include <functional>
#include <memory>

namespace rrdflow {

/// Protections that tests switch off and delays that they switch on. The
/// program that users run leaves them as they are here.
struct test_switches {
  bool undo_log = true;

  /// Off: a message arrives when the wall clock says so, wherever it stepped.
  bool arrival_clock = true;

  /// Usual files are written without librrd.
  bool own_rows = true;

  /// Files with holes are filled before librrd maps them.
  bool fill_holes = true;

  /// What the journal does to its files.
  journal_files files = journal_files::system();

  /// Told each step of every writer, by the writers' threads.
  std::function<void(write_step)> at_write_step = [](write_step) {};

  /// False: a record over which the flow ends again and again is never given
  /// up.
  bool verdicts = true;

  /// See message_hook, decoder_settings and writer_settings.
  message_hook on_message;
  std::function<void(const journal_record&)> before_record;
  std::function<void(const write_job&)> before_job;

  /// While true, the DECODER takes no record from the journal.
  std::shared_ptr<std::atomic<bool>> hold_decoder
    = std::make_shared<std::atomic<bool>>(false);
};

} // namespace rrdflow

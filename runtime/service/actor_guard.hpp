#pragma once

#include <caf/error.hpp>
#include <caf/mailbox_element.hpp>

#include <exception>
#include <functional>
#include <string>
#include <vector>

namespace rrdflow {

/// Sees each message that an actor handles, with the actor's name, in its
/// thread. Tests throw there.
using message_hook
  = std::function<void(const char*, const caf::mailbox_element&)>;

/// What becomes of an exception in an actor's handlers.
struct actor_guard {
  /// The messages, by the text of their atom, with which the actor applies a
  /// record of the journal.
  std::vector<std::string> applying;

  /// It applies records when it gets answers, too.
  bool answers_apply = false;

  /// Does not end: nobody could start it again. The message is gone.
  bool goes_on = false;

  /// Empty in the program that users run. Runs before the handler, or behind it
  /// if the actor goes on.
  message_hook hook;

  /// The error that an exception is: ec::exception, or if it concerns a record
  /// ec::record_failed or ec::out_of_memory.
  caf::error describe(const caf::mailbox_element& x,
                      const std::exception_ptr& thrown) const;
};

/// What an exception says.
std::string text_of(const std::exception_ptr& x);

void log_exception(const char* actor, const caf::error& x);

} // namespace rrdflow

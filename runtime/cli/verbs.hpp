#pragma once

#include "config/load.hpp"
#include "runtime/cli/console.hpp"
#include "runtime/cli/service_client.hpp"

#include <string>

namespace rrdflow {

// The verbs behind the command line. Each prints and returns an exit code of
// sysexits.h; the manual page says what each means.

/// Prints every mistake and warning, then what each rule's files are. `file` is
/// only for the message that all is well.
int verb_check(const loaded_config& x, const std::string& file,
               console& terminal);

/// Prints the TOML for a .conf of the original.
int verb_import(const std::string& file, console& terminal);

struct convert_options {
  /// A file or a folder.
  std::string from;

  /// Empty: beside it.
  std::string to;

  /// The original's, e.g. "Europe/Paris".
  std::string timezone;
};

/// Writes the original's files anew, at the right times.
int verb_convert(const convert_options& x, console& terminal);

/// Prints the versions of the program and of its libraries, one a line.
int verb_version(console& terminal);

/// Prints what the configuration makes of a message that arrives at `now`
/// (nanoseconds since the epoch).
int verb_explain(const config& x, const std::string& topic,
                 const std::string& payload, int64_t now, bool json,
                 console& terminal);

/// Prints all metrics of the service.
int verb_stats(service_client& client, console& terminal, bool json);

/// Prints names, last values and their age; an empty pattern means all.
int verb_list(service_client& client, console& terminal,
              const std::string& pattern);

struct fetch_options {
  std::string series;

  /// As the service takes them; empty: not said.
  std::string from;
  std::string to;
  std::string function;
  std::string format = "csv";
};

/// Prints the rows of a series as the service gives them.
int verb_fetch(service_client& client, console& terminal,
               const fetch_options& x);

/// Prints the messages that could not be read.
int verb_dead(service_client& client, console& terminal);

/// Prints what of a topic or a series is not stored, and why; of an empty name
/// the last of each reason.
int verb_why(service_client& client, console& terminal, const std::string& name,
             bool json);

/// Has the messages decoded once more that could not be.
int verb_replay(service_client& client, console& terminal);

/// Has one series written, or all (empty).
int verb_flush(service_client& client, console& terminal,
               const std::string& series);

struct forget_options {
  std::string pattern;

  /// Delete the files, too.
  bool remove = false;

  /// Do not ask.
  bool yes = false;
};

/// Frees the names of series, after asking on the terminal.
int verb_forget(service_client& client, console& terminal,
                const forget_options& x);

/// Gives files the step, archives and sources of their rules, one after the
/// other, and says how far it is.
/// @param dry_run only says which files differ, and in what
int verb_reshape(service_client& client, console& terminal,
                 const std::string& pattern, bool dry_run);

} // namespace rrdflow

#pragma once

#include <cstdint>

namespace rrdflow {

/// Makes spdlog's default logger write to stderr: with a time stamp, or, if
/// stderr leads to systemd's journal, with a priority instead (sd-daemon(3)).
/// Who logs never waits for the reader of stderr: see log_writer.
/// The environment variable RRDFLOW_LOG sets the level: trace, debug, info (the
/// default), warn, error.
void configure_logging();

/// Writes the lines of the log that still wait; gives up after a second. Comes
/// before each end of the process.
void finish_log();

/// Lines of the log that were not written since the start. Any thread.
uint64_t dropped_log_lines();

} // namespace rrdflow

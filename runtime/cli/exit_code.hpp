#pragma once

namespace rrdflow {

/// What a verb ends with: the codes of sysexits.h.
enum exit_code : int {
  exit_ok = 0,
  /// The command line makes no sense.
  exit_usage = 64,
  /// There is no such series.
  exit_no_input = 66,
  /// The service does not run, or is not ready.
  exit_unavailable = 69,
  /// The service failed.
  exit_software = 70,
  /// Reading or writing failed.
  exit_io = 74,
  /// The token is missing or wrong, or the answer was "no".
  exit_no_permission = 77,
  /// The configuration has mistakes.
  exit_config = 78,
};

} // namespace rrdflow

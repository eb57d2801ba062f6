#pragma once

namespace rrdflow {

/// Makes spdlog's default logger write to stderr: with a time stamp, or, if
/// stderr leads to systemd's journal, with a priority instead (sd-daemon(3)).
/// The environment variable RRDFLOW_LOG sets the level: trace, debug, info (the
/// default), warn, error.
void configure_logging();

} // namespace rrdflow

#pragma once

#include "runtime/cli/command_line.hpp"

namespace rrdflow {

/// Runs the service with an embedded broker as a child process, and a simulated
/// sensor network against it; prints a line each second. Ends on SIGINT or
/// SIGTERM, or after `options.seconds`.
/// @returns an exit code of sysexits.h
int run_demo(const demo_options& options);

} // namespace rrdflow

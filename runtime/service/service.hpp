#pragma once

#include "config/config_ptr.hpp"
#include "runtime/service/switches.hpp"

#include <string>

namespace rrdflow {

/// Runs the service until SIGTERM or SIGINT; SIGHUP reads the rules of `file`
/// anew, SIGUSR1 writes all rows.
///
/// Call from the main thread, before any other thread was started.
/// @returns the exit code, one of sysexits(3).
int run_service(const config& settings, const std::string& file,
                const test_switches& switches);

} // namespace rrdflow

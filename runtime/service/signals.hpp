#pragma once

#include <chrono>
#include <csignal>
#include <optional>

namespace rrdflow {

/// Blocks SIGINT, SIGTERM, SIGHUP and SIGUSR1. Call before any thread starts:
/// threads inherit the mask, and `wait_for_signal` then owns the signals.
void block_signals();

/// Undoes `block_signals` in a child between fork and exec.
void unblock_signals();

/// Waits for one of the blocked signals.
std::optional<int> wait_for_signal(std::chrono::milliseconds patience);

/// Tells systemd, if it started us, e.g. "READY=1" (sd_notify(3)).
void notify_systemd(const char* state);

} // namespace rrdflow

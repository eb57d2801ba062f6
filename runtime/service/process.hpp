#pragma once

// What concerns the process as a whole: its log, clock, memory, signals,
// systemd, its end.

#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>

namespace rrdflow {

/// Makes spdlog's default logger write to stderr: with a time stamp, or, if
/// stderr leads to systemd's journal, with a priority instead (sd-daemon(3)).
/// The environment variable RRDFLOW_LOG sets the level: trace, debug, info (the
/// default), warn, error.
void configure_logging();

/// Nanoseconds since the epoch.
int64_t wall_nanoseconds();

/// Has the heap take each block of a MiB or more from the system and give it
/// back, for good. glibc would raise this bound, up to 32 MiB, to whatever was
/// freed last: arrays that grew with a million series would leave holes of
/// their former sizes. Call once, before any thread starts.
void return_large_blocks() noexcept;

/// Blocks SIGINT, SIGTERM, SIGHUP and SIGUSR1. Call before any thread starts:
/// threads inherit the mask, and `wait_for_signal` then owns the signals.
void block_signals();

/// Waits for one of the blocked signals; returns nothing when the time is up.
std::optional<int> wait_for_signal(std::chrono::milliseconds timeout);

/// Tells systemd, if it started the process, e.g. "READY=1" (sd_notify(3)).
void notify_systemd(const char* state);

/// Starts a thread that ends the process, however much of it hangs, when the
/// time is up.
void end_process_after(std::chrono::seconds timeout, int code);

/// Ends the process now, without running destructors of static objects.
[[noreturn]] void end_process(int code);

} // namespace rrdflow

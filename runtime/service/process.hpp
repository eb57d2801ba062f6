#pragma once

// What concerns the process as a whole: its clock, memory, descriptors,
// signals, systemd, its end.

#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>

namespace rrdflow {

/// Gives /dev/null to each of the descriptors 0, 1 and 2 that is closed: what
/// is opened later would be taken for it. To be called before anything is
/// opened.
void open_standard_files() noexcept;

/// Writing to a pipe whose reader has gone is an error like any other.
void survive_closed_pipes() noexcept;

/// Writing to a pipe whose reader has gone ends the process without a word, as
/// in `rrdflow list | head`, also where the parent, such as systemd, ignores
/// SIGPIPE.
void end_with_closed_pipes() noexcept;

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

/// Ends the process now, after the last lines of the log, without running
/// destructors of static objects.
[[noreturn]] void end_process(int code);

} // namespace rrdflow

#pragma once

#include <chrono>

namespace rrdflow {

/// Ends the process, however much of it hangs, when the time is up.
class deadline {
public:
  /// Starts a thread that waits.
  /// @param code the exit code when the time is up.
  deadline(std::chrono::seconds patience, int code);

  /// Ends the process now, without running destructors of static objects.
  [[noreturn]] void leave(int code);
};

} // namespace rrdflow

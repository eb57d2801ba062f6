#pragma once

#include <caf/expected.hpp>

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace rrdflow {

/// This program once more, as a child process that ends with its parent.
class child {
public:
  /// Starts it. The child inherits the streams and has a clear signal mask.
  static caf::expected<child> start(const std::vector<std::string>& arguments);

  child(child&& x) noexcept : pid_{x.pid_}, code_{x.code_} {
    x.pid_ = 0;
  }

  /// Stops it.
  ~child();

  /// The exit code (128 + the signal that ended it), once it has ended.
  std::optional<int> ended();

  /// Sends SIGTERM and waits; kills it when `timeout` is over.
  /// @returns the exit code.
  int stop(std::chrono::seconds timeout);

private:
  explicit child(pid_t pid) : pid_{pid} {
    // nop
  }

  pid_t pid_;
  std::optional<int> code_;
};

} // namespace rrdflow

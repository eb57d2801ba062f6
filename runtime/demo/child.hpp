#pragma once

#include <caf/expected.hpp>

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace rrdflow {

/// This program once more, as a child process that ends with us.
class child {
public:
  /// Starts it. The child has our streams and a clear signal mask.
  static caf::expected<child> start(const std::vector<std::string>& arguments);

  child(child&& x) noexcept : pid_{x.pid_}, code_{x.code_} {
    x.pid_ = 0;
  }

  child& operator=(child&&) = delete;

  /// Stops it.
  ~child();

  /// The exit code (128 + the signal that ended it), once it has ended.
  std::optional<int> ended();

  /// Sends SIGTERM and waits; kills it when `patience` is over.
  /// @returns the exit code.
  int stop(std::chrono::seconds patience);

private:
  explicit child(pid_t pid) : pid_{pid} {
    // nop
  }

  pid_t pid_;
  std::optional<int> code_;
};

} // namespace rrdflow

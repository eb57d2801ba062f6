#pragma once

#include "messages/error.hpp"

#include <caf/expected.hpp>

#include <memory>
#include <string>

namespace rrdflow {

/// Holds a store for this process: an exclusive lock (flock) on `<store>/lock`
/// until destroyed or until the process ends, however it ends.
class store_lock {
public:
  /// Makes the store's folders where they are missing (rrd, journal, snapshot,
  /// tmp, bad, quarantine; mode 0750) and takes the lock without waiting.
  /// Errors: ec::store_locked if another process has it, ec::io_failed.
  static caf::expected<std::shared_ptr<store_lock>>
  acquire(const std::string& directory);

  explicit store_lock(int fd) : fd_{fd} {
    // nop
  }

  store_lock(const store_lock&) = delete;
  store_lock& operator=(const store_lock&) = delete;
  ~store_lock();

private:
  int fd_;
};

} // namespace rrdflow

#pragma once

#include "actors/base/file.hpp"

#include <caf/expected.hpp>

#include <memory>
#include <string>
#include <utility>

namespace rrdflow {

/// Holds a store for this process: an exclusive lock (flock) on `<store>/lock`
/// until destroyed or until the process ends, however it ends.
class store_lock {
public:
  /// Makes the store's folders where they are missing (rrd, journal, snapshot,
  /// tmp, bad, quarantine; mode 0750) and takes the lock without waiting.
  /// Errors: ec::store_locked if another process has it, ec::io_failed,
  /// ec::disk_full, ec::damaged if a file stands in a folder's place.
  static caf::expected<std::shared_ptr<store_lock>>
  acquire(const std::string& directory);

  explicit store_lock(unique_fd fd) : fd_{std::move(fd)} {
    // nop
  }

private:
  unique_fd fd_;
};

} // namespace rrdflow

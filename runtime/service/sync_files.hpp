#pragma once

#include "actors/base/file.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <memory>
#include <string>
#include <vector>

namespace rrdflow {

/// Makes everything durable that was written to a store: to its own file system
/// and to that of its folder `rrd`, which may be a link or a mount.
class file_system_sync {
public:
  static caf::expected<std::shared_ptr<file_system_sync>>
  open(const std::string& store);

  /// Fails, too, if the kernel could not write something since the last call
  /// (syncfs(2) tells each open file of its folder once). Blocks.
  caf::error run();

  /// How many file systems there are.
  size_t size() const noexcept {
    return folders_.size();
  }

private:
  struct folder {
    std::string name;
    unique_fd fd;
  };

  std::vector<folder> folders_;
};

} // namespace rrdflow

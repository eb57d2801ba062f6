#pragma once

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <memory>
#include <string>

namespace rrdflow {

/// Makes everything durable that was written to the file system of a folder.
class file_system_sync {
public:
  static caf::expected<std::shared_ptr<file_system_sync>>
  open(const std::string& folder);

  file_system_sync(std::string folder, int fd)
    : folder_{std::move(folder)}, fd_{fd} {
    // nop
  }

  file_system_sync(const file_system_sync&) = delete;
  file_system_sync& operator=(const file_system_sync&) = delete;
  ~file_system_sync();

  /// Fails, too, if the kernel could not write something since the last call
  /// (syncfs(2) tells each open file of its folder once). Blocks.
  caf::error run();

private:
  std::string folder_;
  int fd_;
};

} // namespace rrdflow

#pragma once

#include <sys/resource.h>

#include <csignal>
#include <cstdint>

namespace rrdflow::test {

/// Lets no file of this process grow above a size, as on a full disk: a write
/// ends at the limit, the next one fails.
class file_size_limit {
public:
  explicit file_size_limit(uint64_t size) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_);
    rlimit tight{size, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &tight);
  }

  ~file_size_limit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
  }

private:
  rlimit old_{};
};

} // namespace rrdflow::test

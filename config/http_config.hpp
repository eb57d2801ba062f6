#pragma once

#include "config/addresses.hpp"

#include <string>
#include <vector>

namespace rrdflow {

/// `[http]`.
struct http_config {
  std::vector<listen_address> listen{"127.0.0.1:8081"};

  std::string token_file;
  std::vector<std::string> hosts;
};

/// Not built yet: the loader refuses a configuration that switches it on.
struct rrdcached_config {
  /// "HOST:PORT" or "unix:/path".
  std::vector<std::string> listen;
};

} // namespace rrdflow

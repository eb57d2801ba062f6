#pragma once

#include "actors/serve/http/http_daemon.hpp"

#include <mutex>
#include <utility>
#include <vector>

namespace rrdflow {

/// Requests on their way from the daemon's threads to HTTP_SERVER; bounded by
/// http_limits::pending. Thread-safe.
class http_queue {
public:
  /// @returns whether the queue was empty: whoever takes must be told.
  bool push(http_exchange_ptr x) {
    std::lock_guard guard{mutex_};
    items_.push_back(std::move(x));
    return items_.size() == 1;
  }

  std::vector<http_exchange_ptr> take() {
    std::lock_guard guard{mutex_};
    return std::exchange(items_, {});
  }

private:
  std::mutex mutex_;
  std::vector<http_exchange_ptr> items_;
};

} // namespace rrdflow

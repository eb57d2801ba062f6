#pragma once

#include "actors/base/log_throttle.hpp"
#include "actors/base/metrics.hpp"
#include "actors/serve/api/file_handler.hpp"
#include "actors/serve/api/process_metrics.hpp"
#include "actors/serve/api/sse_handler.hpp"
#include "actors/serve/http/http_daemon.hpp"
#include "actors/serve/http/http_settings.hpp"
#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow {

/// Requests on their way from the daemon's threads to HTTP_SERVER; bounded by
/// http_limits::pending. Thread-safe.
class http_queue {
public:
  /// @returns whether the queue was empty, so that its reader must be woken.
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

/// HTTP_SERVER. Answers HTTP requests by asking the flow's actors.
///
/// Spawned by: runtime, detached.
/// Sends to: all actors in `flow_handles`, requests with timeouts.
/// Blocks: never, but for a second at its end.
/// Stops: on EXIT; waiting requests get 503.
class http_server_state {
public:
  using handle = http_server_actor;

  static inline const char* name = "http-server";

  explicit http_server_state(http_server_actor::pointer self) : self_{self} {
    // nop
  }

  /// Stops the daemon.
  ~http_server_state();

  /// @param daemon open, not started
  /// @param clock gives nanoseconds since the epoch
  http_server_actor::behavior_type
  make_behavior(http_settings settings, std::shared_ptr<http_daemon> daemon,
                std::function<int64_t()> clock);

private:
  void dispatch(http_exchange_ptr x);

  http_server_actor::pointer self_;
  http_settings settings_;
  std::shared_ptr<http_daemon> daemon_;
  std::function<int64_t()> clock_;
  std::shared_ptr<http_queue> queue_ = std::make_shared<http_queue>();

  /// Empty before the flow's first start.
  std::optional<flow_handles> flow_;

  std::optional<sse_handler> live_;

  /// Why the flow is not ready; empty: it is.
  std::string reason_ = "starting";

  file_handler files_;
  log_throttle failures_;

  std::optional<process_metrics> process_;
  std::optional<gauge> build_info_;
};

} // namespace rrdflow

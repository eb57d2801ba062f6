#pragma once

#include "actors/base/metrics.hpp"
#include "actors/serve/api/file_handler.hpp"
#include "actors/serve/api/process_metrics.hpp"
#include "actors/serve/api/sse_handler.hpp"
#include "actors/serve/http/http_daemon.hpp"
#include "actors/serve/http/http_queue.hpp"
#include "actors/serve/http/http_settings.hpp"
#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rrdflow {

/// The state of HTTP_SERVER.
class http_server_state {
public:
  static inline const char* name = "http-server";

  explicit http_server_state(http_server_actor::pointer self) : self_{self} {
    // nop
  }

  /// Stops the daemon.
  ~http_server_state();

  http_server_actor::behavior_type
  make_behavior(http_settings settings, std::shared_ptr<http_daemon> daemon,
                std::function<int64_t()> clock);

private:
  void serve();
  void dispatch(http_exchange_ptr x);
  void answer_metrics();

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

  /// Requests for /metrics: those of the round under way share its sum, later
  /// ones wait for the next round.
  std::vector<http_exchange_ptr> metrics_wanted_;
  bool collecting_ = false;

  std::optional<process_metrics> process_;
  std::optional<gauge> build_info_;
};

/// Answers HTTP requests by asking the flow's actors; see design.md section 6.
///
/// `daemon` is open but not started. `clock` gives nanoseconds since the epoch.
///
/// Spawned by: runtime, detached.
/// Sends to: everybody in `flow_handles`, requests with timeouts.
/// Blocks: never, but for a second at its end.
/// Stops: on EXIT; clients that wait get 503.
http_server_actor::behavior_type
http_server(http_server_actor::stateful_pointer<http_server_state> self,
            http_settings settings, std::shared_ptr<http_daemon> daemon,
            std::function<int64_t()> clock);

} // namespace rrdflow

#pragma once

#include "actors/serve/api/live_feed.hpp"
#include "actors/serve/http/routes.hpp"
#include "messages/interfaces.hpp"

#include <functional>
#include <memory>

namespace rrdflow {

/// What HTTP_SERVER does for /api/v1/live: once a second it asks CATALOG where
/// the wanted series are and the shards for their last values, once for all
/// clients. Runs in its thread, blocks never; one round at a time.
class sse_handler {
public:
  /// `clock` gives ns since the epoch. Must live as long as `self`.
  sse_handler(http_server_actor::pointer self, std::function<int64_t()> clock,
              metric_registry* registry)
    : self_{self}, clock_{std::move(clock)}, feed_{registry} {
    // nop
  }

  /// Responds, and takes the client in.
  void answer(http_exchange& x, const flow_handles& flow);

  /// A second is over.
  void tick(const flow_handles& flow);

  /// The flow is a new one.
  void forget_places() {
    feed_.forget_places();
    ++generation_;
  }

private:
  struct round;

  void ask_catalog(const std::shared_ptr<round>& x);
  void ask_shards(const std::shared_ptr<round>& x);
  void poll(const flow_handles& flow, bool fresh);

  http_server_actor::pointer self_;
  std::function<int64_t()> clock_;
  live_feed feed_;

  /// Rounds of an earlier flow say nothing.
  uint64_t generation_ = 0;
  bool asking_ = false;
};

} // namespace rrdflow

#pragma once

#include "actors/serve/api/live_feed.hpp"
#include "actors/serve/api/routes.hpp"
#include "messages/interfaces.hpp"

#include <cstdint>
#include <functional>
#include <utility>

namespace rrdflow {

/// The route /api/v1/live: once a second asks CATALOG where the wanted series
/// are and the shards for their last values, once for all clients. Runs in
/// HTTP_SERVER's thread, does not block; one round at a time.
class sse_handler {
public:
  /// `clock` gives ns since the epoch. Must live as long as `self`.
  sse_handler(http_server_actor::pointer self, std::function<int64_t()> clock,
              metric_registry* registry)
    : self_{self}, clock_{std::move(clock)}, feed_{registry} {
    // nop
  }

  /// Responds, and adds the client.
  void answer(http_exchange& x, const flow_handles& flow);

  /// A second is over.
  void tick(const flow_handles& flow);

  /// The flow is a new one.
  void reset_places() {
    feed_.reset_places();
    ++generation_;
  }

private:
  void poll(const flow_handles& flow, bool fresh);

  /// @param from The generation when the round began.
  void ask_shards(const flow_handles& flow, bool fresh, uint64_t from);

  http_server_actor::pointer self_;
  std::function<int64_t()> clock_;
  live_feed feed_;

  /// Counts flows: answers of an earlier one are dropped.
  uint64_t generation_ = 0;
  bool asking_ = false;
};

} // namespace rrdflow

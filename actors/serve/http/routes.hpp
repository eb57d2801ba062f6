#pragma once

#include "actors/serve/api/prometheus_text.hpp"
#include "actors/serve/api/quarantine.hpp"
#include "actors/serve/http/http_daemon.hpp"
#include "messages/interfaces.hpp"

#include <caf/error.hpp>

#include <functional>

namespace rrdflow {

/// What HTTP_SERVER does for each route. Everything here runs in its thread,
/// asks other actors, blocks never, and responds exactly once.
struct route_context {
  http_server_actor::pointer self;
  flow_handles flow;
  http_exchange_ptr exchange;

  /// Nanoseconds since the epoch.
  int64_t now = 0;
};

/// What a client gets for an error of the flow: 503 from an actor that ended,
/// 504 for a timeout.
http_response response_of(const caf::error& x);

/// GET /api/v1/series: asks CATALOG, then shards for last values.
void answer_series(route_context x);

/// GET /api/v1/tree: the same for one level of the tree of names.
void answer_tree(route_context x);

/// GET /api/v1/data: asks CATALOG, the file's shard, then its writer.
void answer_data(route_context x);

/// GET /api/v1/dead: asks DECODER.
void answer_dead(route_context x);

/// GET /api/v1/quarantine: has `list` look at the store's folders, in a thread
/// of its own.
void answer_quarantine(route_context x, const quarantine_reader& list);

/// POST /api/v1/flush: CATALOG, if a series is named, then JOURNAL_KEEPER.
void answer_flush(route_context x);

/// POST /api/v1/forget: asks JOURNAL_KEEPER.
void answer_forget(route_context x);

/// GET /readyz: asks MQTT_SOURCE and JOURNAL_KEEPER unless `reason` (why the
/// flow is not ready) says enough.
void answer_readyz(route_context x, const std::string& reason);

/// Asks every actor for its `stats`; those that do not answer within 2 s are
/// missing in the sum that `done` gets.
void collect_stats(http_server_actor::pointer self, const flow_handles& flow,
                   std::function<void(prometheus_text&)> done);

} // namespace rrdflow

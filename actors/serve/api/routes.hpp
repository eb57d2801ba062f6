#pragma once

#include "actors/base/gather.hpp"
#include "actors/base/log_throttle.hpp"
#include "actors/base/metrics.hpp"
#include "actors/serve/http/http_daemon.hpp"
#include "messages/interfaces.hpp"

#include <caf/error.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow {

/// For a lookup.
constexpr auto lookup_timeout = std::chrono::seconds{10};

/// For the whole flow to do something.
constexpr auto flow_timeout = std::chrono::seconds{60};

/// What a client gets for an error of the flow: 503 from an actor that ended,
/// 504 for a timeout. Logs what nobody should get.
/// @param failures bounds these lines
http_response response_of(const caf::error& x, log_throttle& failures);

/// A request that a route answers. Everything here runs in HTTP_SERVER's
/// thread, does not block, and responds exactly once.
struct route_context {
  http_server_actor::pointer self;
  flow_handles flow;
  http_exchange_ptr exchange;

  /// Nanoseconds since the epoch.
  int64_t now = 0;

  /// See `response_of`.
  log_throttle* failures = nullptr;

  void respond(http_response x) const {
    exchange->respond(std::move(x));
  }

  void refuse(const caf::error& x) const {
    respond(response_of(x, *failures));
  }

  /// Sends a request to an actor and calls `done(answer)`; an error becomes the
  /// response.
  template <class Handle, class F, class... Ts>
  void ask(const Handle& actor, std::chrono::seconds timeout, F done,
           Ts&&... request) const {
    self->request(actor, timeout, std::forward<Ts>(request)...)
      .then(std::move(done), [x = exchange, log = failures](caf::error& err) {
        x->respond(response_of(err, *log));
      });
  }
};

/// Asks shards for the last values of files, which are given by shard. Shards
/// that do not exist are left out.
void gather_last_values(
  http_server_actor::pointer self, const flow_handles& flow,
  std::map<uint32_t, std::vector<file_id>> files, std::chrono::seconds timeout,
  std::function<void(gathered<std::vector<last_value>>)> done);

/// GET /api/v1/series: asks CATALOG, then shards for last values.
void answer_series(route_context x);

/// GET /api/v1/tree: the same for one level of the tree of names.
void answer_tree(route_context x);

/// GET /api/v1/data: asks CATALOG, the file's shard, then its writer.
void answer_data(route_context x);

/// GET /api/v1/dead: asks DECODER.
void answer_dead(route_context x);

/// GET /api/v1/why: what of a topic or series (`topic`) is not stored; without
/// it, the last of each reason. Asks CATALOG, DECODER, then shards.
void answer_why(route_context x);

/// POST /api/v1/replay: asks JOURNAL_KEEPER.
void answer_replay(route_context x);

/// GET /api/v1/quarantine: has `list` look at the store's folders, in a thread
/// of its own.
void answer_quarantine(route_context x, const quarantine_reader& list);

/// POST /api/v1/flush: CATALOG, if a series is named, then JOURNAL_KEEPER.
void answer_flush(route_context x);

/// POST /api/v1/forget: asks JOURNAL_KEEPER.
void answer_forget(route_context x);

/// POST /api/v1/reshape: asks CATALOG which files differ from their rules, and
/// JOURNAL_KEEPER to give them their rules' shapes, one after the other; with
/// dry_run only the former.
void answer_reshape(route_context x);

/// GET /readyz: 503 with `reason`, why the flow is not ready, if it is not
/// empty, and with what the registry says of the broker and of stalls.
void answer_readyz(const route_context& x, const std::string& reason,
                   const metric_registry& registry);

} // namespace rrdflow

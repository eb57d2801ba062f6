#pragma once

#include "actors/serve/http/http_gate.hpp"
#include "actors/serve/http/http_message.hpp"

#include <optional>
#include <string_view>

namespace rrdflow {

/// What a request asks the flow for.
enum class http_route : uint8_t {
  readyz,
  stats,
  series,
  tree,
  data,
  live,
  dead,
  quarantine,
  flush,
  forget,
  rrd_index,
  rrd_file,
};

/// The route at `path`, or nothing.
std::optional<http_route> find_route(std::string_view path);

/// Answers in the daemon's thread what needs nobody else: refusals, the page,
/// /healthz.
class http_front {
public:
  explicit http_front(http_gate gate) : gate_{std::move(gate)} {
    // nop
  }

  /// The response, or nothing if the request is for one of the routes.
  std::optional<http_response> operator()(const http_request& x) const;

private:
  http_gate gate_;
};

} // namespace rrdflow

#pragma once

#include "actors/serve/http/http_message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rrdflow {

/// What a request asks the flow for.
enum class http_route : uint8_t {
  readyz,
  metrics,
  series,
  tree,
  data,
  live,
  dead,
  why,
  quarantine,
  flush,
  forget,
  reshape,
  replay,
  rrd_index,
  rrd_file,
};

/// The route at `path`, or nothing.
std::optional<http_route> find_route(std::string_view path);

/// Answers in the daemon's thread what needs no actor: the page, /healthz, and
/// requests that are refused:
///
/// - Only GET, HEAD and POST.
/// - The field Host must name this service: a page of a foreign site whose name
///   was rebound to our address is refused.
/// - With a token, everything but /healthz needs it, as Bearer or as the
///   password of Basic.
/// - A POST needs the field `X-Rrdflow: 1`, which a foreign page cannot send
///   without a preflight request.
class http_front {
public:
  /// `token` is empty if none is needed; `hosts` are names beyond those of the
  /// loopback interface, without ports.
  http_front(std::string token, const std::vector<std::string>& hosts);

  /// The response, or nothing if the request is for one of the routes.
  std::optional<http_response> operator()(const http_request& x) const;

private:
  std::optional<http_response> refuse(const http_request& x) const;
  bool is_own_name(std::string_view host) const;
  bool has_token(std::string_view authorization) const;

  std::string token_;
  std::vector<std::string> hosts_;
};

/// The field Host without its port and in lower case, e.g. "[::1]".
std::string host_name(std::string_view host);

} // namespace rrdflow

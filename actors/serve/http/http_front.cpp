#include "actors/serve/http/http_front.hpp"

#include "actors/serve/web/page_assets.hpp"
#include "config/ascii.hpp"

#include <algorithm>

namespace rrdflow {

namespace {

/// Takes the scheme (any case) and the spaces behind it from the front of `x`.
bool take_scheme(std::string_view& x, std::string_view scheme) {
  if (x.size() <= scheme.size() || x[scheme.size()] != ' ')
    return false;
  for (size_t i = 0; i < scheme.size(); ++i)
    if (to_lower(x[i]) != scheme[i])
      return false;
  x.remove_prefix(scheme.size());
  while (!x.empty() && x.front() == ' ')
    x.remove_prefix(1);
  return true;
}

/// Compares without telling by its duration where the texts differ.
bool equal_in_constant_time(std::string_view secret, std::string_view guess) {
  // The work depends on the length of the guess alone.
  volatile unsigned difference = secret.size() == guess.size() ? 0 : 1;
  for (size_t i = 0; i < guess.size(); ++i) {
    auto c = secret.empty() ? '\0' : secret[i % secret.size()];
    difference
      = difference
        | static_cast<unsigned>(static_cast<unsigned char>(c)
                                ^ static_cast<unsigned char>(guess[i]));
  }
  return difference == 0;
}

struct route_entry {
  std::string_view path;
  http_route route;

  /// Takes POST only, instead of GET and HEAD.
  bool post;
};

constexpr route_entry routes[] = {
  {"/readyz", http_route::readyz, false},
  {"/metrics", http_route::metrics, false},
  {"/api/v1/series", http_route::series, false},
  {"/api/v1/tree", http_route::tree, false},
  {"/api/v1/data", http_route::data, false},
  {"/api/v1/live", http_route::live, false},
  {"/api/v1/dead", http_route::dead, false},
  {"/api/v1/why", http_route::why, false},
  {"/api/v1/quarantine", http_route::quarantine, false},
  {"/api/v1/flush", http_route::flush, true},
  {"/api/v1/forget", http_route::forget, true},
  {"/api/v1/reshape", http_route::reshape, true},
  {"/api/v1/replay", http_route::replay, true},
  {"/rrd/", http_route::rrd_index, false},
  {"/rrd/rrds/index.txt", http_route::rrd_index, false},
};

/// Whether `path` is that of an RRD file below `folder`.
bool is_file(std::string_view path, std::string_view folder) {
  constexpr std::string_view suffix = ".rrd";
  return path.size() > folder.size() + suffix.size()
         && path.substr(0, folder.size()) == folder
         && path.substr(path.size() - suffix.size()) == suffix;
}

const route_entry* find_entry(std::string_view path) {
  for (auto& x : routes)
    if (x.path == path)
      return &x;
  // CATALOG checks whether there is such a file.
  static constexpr route_entry file{"/rrd/rrds/", http_route::rrd_file, false};
  return is_file(path, file.path) ? &file : nullptr;
}

http_response not_allowed(const char* allowed) {
  auto result = error_response(405, "this address takes other methods");
  result.headers.emplace_back("Allow", allowed);
  return result;
}

} // namespace

std::string host_name(std::string_view host) {
  auto bracket = host.rfind(']');
  auto colon = host.rfind(':');
  if (colon != std::string_view::npos
      && (bracket == std::string_view::npos || colon > bracket))
    host = host.substr(0, colon);
  return to_lower(host);
}

http_front::http_front(std::string token, const std::vector<std::string>& hosts)
  : token_{std::move(token)}, hosts_{"127.0.0.1", "localhost", "[::1]"} {
  for (auto& x : hosts)
    hosts_.push_back(host_name(x));
}

bool http_front::is_own_name(std::string_view host) const {
  auto name = host_name(host);
  return std::find(hosts_.begin(), hosts_.end(), name) != hosts_.end();
}

bool http_front::has_token(std::string_view authorization) const {
  if (take_scheme(authorization, "bearer"))
    return equal_in_constant_time(token_, authorization);
  if (!take_scheme(authorization, "basic"))
    return false;
  auto pair = base64_decode(authorization);
  if (!pair)
    return false;
  auto colon = pair->find(':');
  return colon != std::string::npos
         && equal_in_constant_time(token_,
                                   std::string_view{*pair}.substr(colon + 1));
}

std::optional<http_response> http_front::refuse(const http_request& x) const {
  if (x.method == http_method::other) {
    auto result = error_response(405, "only GET, HEAD and POST");
    result.headers.emplace_back("Allow", "GET, HEAD, POST");
    return result;
  }
  if (!is_own_name(x.host))
    return error_response(403, "this host name is not in http.hosts");
  if (!token_.empty() && x.path != "/healthz" && !has_token(x.authorization)) {
    auto result = error_response(401, "the token is missing or wrong");
    result.headers.emplace_back("WWW-Authenticate",
                                "Basic realm=\"rrdflow\", charset=\"UTF-8\"");
    return result;
  }
  if (x.method == http_method::post && x.marker != "1")
    return error_response(403, "a POST needs the header X-Rrdflow: 1");
  return std::nullopt;
}

std::optional<http_route> find_route(std::string_view path) {
  auto* x = find_entry(path);
  return x == nullptr ? std::nullopt : std::optional{x->route};
}

std::optional<http_response>
http_front::operator()(const http_request& x) const {
  if (auto refusal = refuse(x))
    return refusal;
  auto post = x.method == http_method::post;
  if (auto* entry = find_entry(x.path)) {
    if (entry->post != post)
      return not_allowed(entry->post ? "POST" : "GET, HEAD");
    return std::nullopt;
  }
  if (x.path == "/healthz" && !post) {
    http_response result;
    result.content_type = "text/plain; charset=utf-8";
    result.fixed = "ok\n";
    return result;
  }
  if (x.path == "/rrd" && !post) {
    auto result = error_response(301, "it is at /rrd/");
    result.headers.emplace_back("Location", "/rrd/");
    return result;
  }
  if (auto asset = serve_asset(x))
    return asset;
  if (x.path == "/" || x.path == "/healthz" || x.path == "/rrd"
      || find_asset(x.path) != nullptr)
    return not_allowed("GET, HEAD");
  return error_response(404, "there is nothing at this address");
}

} // namespace rrdflow

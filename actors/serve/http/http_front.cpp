#include "actors/serve/http/http_front.hpp"

#include "actors/serve/web/page_assets.hpp"

namespace rrdflow {

namespace {

struct route_entry {
  std::string_view path;
  http_route route;

  /// Takes POST only, instead of GET and HEAD.
  bool post;
};

constexpr route_entry routes[] = {
  {"/readyz", http_route::readyz, false},
  {"/metrics", http_route::stats, false},
  {"/api/v1/series", http_route::series, false},
  {"/api/v1/tree", http_route::tree, false},
  {"/api/v1/data", http_route::data, false},
  {"/api/v1/live", http_route::live, false},
  {"/api/v1/dead", http_route::dead, false},
  {"/api/v1/quarantine", http_route::quarantine, false},
  {"/api/v1/flush", http_route::flush, true},
  {"/api/v1/forget", http_route::forget, true},
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
  // Which files there are, CATALOG knows.
  static constexpr route_entry file{"/rrd/rrds/", http_route::rrd_file, false};
  return is_file(path, file.path) ? &file : nullptr;
}

http_response not_allowed(const char* allowed) {
  auto result = error_response(405, "this address takes other methods");
  result.headers.emplace_back("Allow", allowed);
  return result;
}

} // namespace

std::optional<http_route> find_route(std::string_view path) {
  auto* x = find_entry(path);
  return x == nullptr ? std::nullopt : std::optional{x->route};
}

std::optional<http_response>
http_front::operator()(const http_request& x) const {
  if (auto refusal = gate_.refuse(x))
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

#include "actors/serve/web/page_assets.hpp"

namespace rrdflow {

std::optional<http_response> serve_asset(const http_request& x) {
  if (x.method != http_method::get && x.method != http_method::head)
    return std::nullopt;
  auto* asset = find_asset(x.path == "/" ? "/index.html" : x.path);
  if (asset == nullptr)
    return std::nullopt;
  http_response result;
  result.content_type = asset->content_type;
  result.headers.emplace_back("ETag", asset->tag);
  if (x.if_none_match == asset->tag)
    result.status = 304;
  else
    result.fixed = asset->bytes;
  return result;
}

} // namespace rrdflow

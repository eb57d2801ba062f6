#pragma once

#include "actors/serve/http/http_message.hpp"

#include <optional>
#include <string_view>

namespace rrdflow {

/// A file of the page, embedded by the build.
struct page_asset {
  /// Where it is served, e.g. "/app.js".
  std::string_view path;
  std::string_view content_type;
  std::string_view bytes;

  /// Changes with the bytes; with its quotes, as in the field ETag.
  std::string_view tag;
};

/// The asset at `path`, or null.
const page_asset* find_asset(std::string_view path);

/// Answers a GET or HEAD for an asset: 200, or 304 if the client has it.
/// @returns nothing if there is no such asset.
std::optional<http_response> serve_asset(const http_request& x);

} // namespace rrdflow

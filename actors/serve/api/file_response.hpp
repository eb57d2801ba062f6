#pragma once

#include "actors/serve/http/http_message.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rrdflow {

/// What a GET for a file is answered from.
struct served_file {
  /// Shared by all responses. Never null.
  std::shared_ptr<const std::string> bytes;

  /// Names the content; without quotation marks.
  std::string tag;

  /// Seconds since the epoch.
  int64_t modified = 0;
};

/// A part of a file. Size 0: the range that was asked for lies outside.
struct byte_range {
  uint64_t offset = 0;
  uint64_t size = 0;
};

/// Reads the header field `Range` for a file of `size` bytes.
/// @returns nothing if the whole file is to be sent: there is no such field, it
///          is malformed, in another unit, or asks for several ranges.
std::optional<byte_range> parse_range(std::string_view field, uint64_t size);

/// Whether the list of entity tags in `If-None-Match` has `tag` or is `*`.
bool lists_tag(std::string_view field, std::string_view tag);

/// A moment as header fields give it: "Tue, 14 Nov 2023 22:13:20 GMT".
std::string http_date(int64_t seconds);

/// 200, 206, 304 or 416 (RFC 9110, sections 13.2 and 14): `If-None-Match`, then
/// `If-Range`, which takes an entity tag only, then `Range`, of GET alone.
http_response respond_with_file(const http_request& x, const served_file& file);

/// Names on one page.
constexpr size_t names_per_page = 1000;

/// The page at /rrd/: the names of an index.txt as links to their files, a
/// thousand at a time; `?page=2` shows more.
http_response show_index_page(const http_request& x, std::string_view index);

} // namespace rrdflow

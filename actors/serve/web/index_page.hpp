#pragma once

#include "actors/serve/http/http_message.hpp"

#include <string>
#include <string_view>

namespace rrdflow {

/// Names on one page.
constexpr size_t names_per_page = 1000;

/// The page at /rrd/: the names of an index.txt as links to their files, a
/// thousand at a time; `?page=2` shows more.
http_response show_index_page(const http_request& x, std::string_view index);

} // namespace rrdflow

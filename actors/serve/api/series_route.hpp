#pragma once

#include "actors/base/json_writer.hpp"
#include "messages/cache_values.hpp"
#include "messages/catalog_values.hpp"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace rrdflow {

/// Last values by file and source.
using last_values = std::map<std::pair<file_id, uint16_t>, last_value>;

/// @param answers of shards
last_values by_source(const std::vector<std::vector<last_value>>& answers);

/// Appends the members of a series to an object: what it is, its last value and
/// whether that is stale, that is older than the series' heartbeat.
/// @param now nanoseconds since the epoch
void append_series(json_writer& out, const series_info& x,
                   const last_values& last, int64_t now);

} // namespace rrdflow

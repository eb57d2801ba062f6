#pragma once

#include "actors/serve/api/json_writer.hpp"
#include "actors/serve/http/routes.hpp"
#include "messages/interfaces.hpp"

#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace rrdflow {

/// The last values of some series, by file and source.
class last_values {
public:
  void add(const last_value& x) {
    values_[{x.file, x.source}] = x;
  }

  /// Appends the members of a series to an object: what it is, its last value
  /// and whether that is stale, that is older than the series' heartbeat.
  void append(json_writer& out, const series_info& x, int64_t now) const;

private:
  std::map<std::pair<file_id, uint16_t>, last_value> values_;
};

/// Asks the shards for the last values of `series` and calls `done`; on an
/// error it responds itself.
void collect_last_values(const route_context& context,
                         const std::vector<const series_info*>& series,
                         std::function<void(const last_values&)> done);

} // namespace rrdflow

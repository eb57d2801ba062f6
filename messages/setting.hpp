#pragma once

#include <string>

namespace rrdflow {

/// A value of a node that is set, or to be set, at run time.
struct setting_request {
  /// "datarrd" (the service), "http", or the `node` of an [[rrd]], by default
  /// its name.
  std::string node;

  /// cache_rrd_ttl, cache_pickle_ttl, cache_dead_ttl, count_values_poll,
  /// count_series_poll, source_poll, resource_poll (seconds), heartbeat,
  /// config_timeout (seconds), name, location, rrd_file, rrd_step (seconds),
  /// source_config ("hadd|uuid|index|TYPE|label"), http_host, http_port.
  std::string key;

  /// JSON text.
  std::string value;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, setting_request& x) {
  return f(x.node, x.key, x.value);
}

} // namespace rrdflow

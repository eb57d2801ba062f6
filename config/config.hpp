#pragma once

#include "config/config_ptr.hpp"
#include "config/flow_config.hpp"
#include "config/http_config.hpp"
#include "config/janitoo_config.hpp"
#include "config/journal_config.hpp"
#include "config/limits_config.hpp"
#include "config/mqtt_config.hpp"
#include "config/rule_config.hpp"

#include <string>

namespace rrdflow {

/// The whole TOML file.
struct config {
  store_config store;
  mqtt_config mqtt;
  journal_config journal;
  cache_config cache;
  snapshot_config snapshot;
  reaper_config reaper;
  writer_config writer;
  limits_config limits;
  http_config http;
  rrdcached_config rrdcached;
  janitoo_config janitoo;
  rules_config rules;

  /// The file's text, which the journal keeps with the rules.
  std::string text;
};

} // namespace rrdflow

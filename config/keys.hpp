#pragma once

#include "config/config.hpp"
#include "config/definition_entry.hpp"

#include <vector>

namespace rrdflow {

/// An entry of `fields` of a [[rule]].
struct field_entry : field_config, definition_entry {};

/// A [[rule]].
struct rule_entry : rule_config, definition_entry {
  rule_entry();

  std::vector<field_entry> own_fields;
  const toml_value* table = nullptr;
};

/// An entry of `sources` of an [[rrd]].
struct source_entry : rrd_source_config, definition_entry {
  config_place label_at;
};

/// An [[rrd]].
struct rrd_entry : rrd_config, definition_entry {
  rrd_entry();

  std::vector<source_entry> own_sources;
  const toml_value* table = nullptr;
};

/// A configuration file as it is read: `rules` is made of the entries.
struct config_document : config {
  std::vector<rule_entry> rule;
  std::vector<rrd_entry> rrd;
};

/// Every key of the configuration.
const key_table<config_document>& config_keys();

const key_table<rule_entry>& rule_keys();
const key_table<rrd_entry>& rrd_keys();

} // namespace rrdflow

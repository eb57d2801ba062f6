#pragma once

#include "actors/janitoo/janitoo_value.hpp"
#include "config/config_ptr.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// A node as the Janitoo network knows it.
struct janitoo_member {
  /// What tells us whether it is online.
  enum class liveness : uint8_t {
    /// Always.
    always,
    /// Iff the file of its `[[rrd]]` exists.
    file,
  };

  std::string uuid;
  std::string oid;
  std::string hadd;
  std::string name;
  std::string location;
  std::string product_name;
  std::string product_type = "Default product type";
  std::string product_manufacturer = "Default product manufacturer";
  std::vector<int64_t> capabilities;
  std::vector<int64_t> cmd_classes;

  /// Seconds.
  int64_t heartbeat = 30;
  int64_t config_timeout = 3;

  /// What SETTINGS calls it.
  std::string setting_node;

  liveness live = liveness::always;

  /// The name of its `[[rrd]]`, if it is one.
  std::string rrd;

  std::vector<janitoo_value> values;

  const janitoo_value* find(std::string_view value_uuid) const;
};

/// A controller and its nodes; the first is the controller itself.
struct janitoo_bus {
  std::vector<janitoo_member> nodes;

  const janitoo_member* find(std::string_view hadd) const;
};

/// Everything of ours in the Janitoo network: the bus "datarrd" with a node for
/// each `[[rrd]]` that has an address, and the bus "http" if it has one.
struct janitoo_network {
  std::vector<janitoo_bus> buses;

  /// All nodes, one after the other.
  std::vector<const janitoo_member*> nodes() const;
};

/// What the configuration says, values that are set at run time included.
janitoo_network make_janitoo_network(const config& x);

} // namespace rrdflow

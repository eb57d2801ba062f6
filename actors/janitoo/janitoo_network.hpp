#pragma once

#include "actors/janitoo/janitoo_json.hpp"
#include "config/config_ptr.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

// Numbers of the protocol: what a value is for, and the classes of commands.
namespace janitoo {

constexpr int64_t basic = 1;
constexpr int64_t user = 2;
constexpr int64_t setting = 3;
constexpr int64_t system = 4;
constexpr int64_t command = 5;

constexpr int64_t configuration_class = 112;
constexpr int64_t sensor_class = 49;
constexpr int64_t controller_class = 4176;
constexpr int64_t web_controller_class = 4144;
constexpr int64_t web_resource_class = 4145;
constexpr int64_t discovery_class = 20480;

// Types of data.
constexpr int64_t number = 4;
constexpr int64_t list = 5;
constexpr int64_t text = 8;
constexpr int64_t composite = 22;
constexpr int64_t address = 32;

} // namespace janitoo

/// A value of a node. Texts named `json` are JSON.
struct janitoo_value {
  std::string uuid;

  /// Empty: a plain value, which has none.
  std::string entry_name;

  int64_t cmd_class = janitoo::configuration_class;
  int64_t genre = janitoo::setting;
  int64_t type = janitoo::text;
  bool readonly = false;
  bool writeonly = false;

  /// Of a setting: the configuration alone says what it is.
  bool fixed = false;

  std::string default_json = "null";
  std::string label;
  std::string help;
  std::string units_json = "null";
  std::string list_json = "null";
  std::string max_json = "null";
  std::string min_json = "null";

  /// Seconds; 0: never.
  int64_t poll_delay = 0;
  bool polled = false;

  /// The metric whose sum is the data; null: `data` has it.
  const char* metric = nullptr;

  /// One JSON text for each index; never empty.
  std::vector<std::string> data{"null"};

  /// What each index stands for: polls and long lists show it.
  std::vector<std::string> configs;

  /// The actions that it takes, as `data` of a request.
  std::vector<std::string> actions;
};

/// "basic", "user", "config", "system", "command"; a level of topics.
const char* genre_name(int64_t genre);

/// The members of a value as the network knows them.
/// @param i index into `x.data`
/// @param with_config whether the label says what the index stands for
json_object describe(const janitoo_value& x, const std::string& node_uuid,
                     const std::string& hadd, size_t i, bool with_config);

/// A node as the Janitoo network knows it.
struct janitoo_member {
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

  /// The name of its `[[rrd]]`, whose file exists if the node is online; empty:
  /// it always is.
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

#pragma once

#include "actors/janitoo/janitoo_json.hpp"

#include <cstdint>
#include <string>
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
  /// Where the data come from.
  enum class origin : uint8_t {
    /// `data` has it.
    model,
    /// Of the shards: the files, and the rows that wait.
    count_files,
    count_rows,
  };

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

  origin from = origin::model;

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

} // namespace rrdflow

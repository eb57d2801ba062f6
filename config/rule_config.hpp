#pragma once

#include "config/file_definition.hpp"
#include "config/payload_format.hpp"
#include "config/series_template.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow {

/// A word of a payload and the number it stands for, `map` in the TOML file;
/// NaN ("U"): the sensor has no value. Adds to the built-in words.
using word_map = std::vector<std::pair<std::string, double>>;

/// What becomes of a reading whose time is beyond limits.future or limits.past,
/// or cannot be read.
enum class out_of_bounds : uint8_t {
  /// It is refused.
  refuse,
  /// The message's arrival is its time.
  arrival,
};

/// `fields` of a rule: the first entry whose path matches a payload's field
/// decides how that field is stored. What is not set comes from the rule.
struct field_config {
  /// A path in the payload, levels separated by `/`; `*` stands for one level,
  /// `**` for any number of levels.
  std::string path;

  bool drop = false;

  /// Factor applied to each value of the field.
  double scale = 1;

  /// Counts more than the rule's.
  word_map map;

  /// The file that each series of this field gets. Complete: what the entry
  /// does not set was taken from the rule.
  definition_ptr definition;
};

/// One `[[rule]]`.
struct rule_config {
  std::string name;
  std::vector<std::string> topics;
  std::vector<std::string> exclude;
  bool drop = false;
  payload_format format = payload_format::automatic;

  /// The name of each series.
  series_template series = "{topic}/{path}";
  bool shared = false;

  /// "auto", "arrival", or the path of the field that holds the time.
  std::string time = "auto";

  /// An IANA name, for times without a zone; empty: such times are not used.
  std::string timezone;
  rrdflow::out_of_bounds out_of_bounds = rrdflow::out_of_bounds::refuse;

  /// What numbers in texts have in front of their decimals: '.' or ','.
  char decimal = '.';

  /// Limit of the number of series of this rule; 0: only limits.series.
  uint64_t max_series = 0;

  word_map map;
  std::vector<field_config> fields;

  /// Only fields that an entry of `fields` matches are stored.
  bool only = false;

  /// The file of each series without an entry in `fields`; its only source is
  /// named "value".
  definition_ptr definition;
};

/// Where one data source of an `[[rrd]]` takes its values from: either `topic`
/// (a topic filter) and `path`, as `format` makes it, or the `janitoo` triple.
struct rrd_source_config {
  std::string topic;
  payload_format format = payload_format::automatic;
  std::string path;

  /// The parts of "hadd|value_uuid|value_index".
  struct janitoo_address {
    std::string hadd;
    std::string uuid;
    std::string index;
  };

  std::optional<janitoo_address> janitoo;
  std::string label;
};

/// One `[[rrd]]`: a file of several sources.
struct rrd_config {
  std::string name;
  definition_ptr definition;

  /// Its address as a node of the Janitoo network (empty: it is none), how
  /// often that node says that it is alive, and where it is.
  std::string hadd;
  std::chrono::seconds heartbeat_period{30};
  std::string location;

  /// What the node is called: "datarrd__" and `node` for programs, which stays
  /// when `name` is set at run time; `title` for people.
  std::string node;
  std::string title;

  std::chrono::seconds config_timeout{3};

  /// How often its labels are published; 0: never.
  std::chrono::seconds source_poll{900};

  /// In the order of `definition->sources`.
  std::vector<rrd_source_config> sources;
};

/// Everything that decides what a message becomes. Travels through the journal
/// as the TOML text that it was read from.
struct rules_config {
  std::vector<rule_config> rules;
  std::vector<rrd_config> rrds;

  /// `cache.flush_after`: it decides which rows are sealed when, and a replay
  /// must seal the same.
  std::chrono::seconds flush_after{3600};
};

} // namespace rrdflow

#pragma once

#include "actors/base/calendar.hpp"
#include "config/limits_config.hpp"
#include "config/mqtt_config.hpp"
#include "config/rule_config.hpp"
#include "messages/catalog_values.hpp"
#include "messages/request.hpp"

#include <caf/expected.hpp>

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rrdflow {

struct config;

/// Numbers the names of rules, "rrd/NAME" for an `[[rrd]]`. A name keeps its
/// number as long as the process runs, and in snapshots.
class rule_names {
public:
  static constexpr size_t max_names = 65536;

  /// The number of `name`, a new one if needed.
  /// @returns false if all numbers are taken.
  bool number(const std::string& name, rule_id& x);

  const std::vector<std::string>& names() const noexcept {
    return names_;
  }

private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, rule_id> numbers_;
};

/// Where a rule looks for the time of readings.
enum class time_source : uint8_t { automatic, arrival, path };

/// One rule, ready for use.
struct prepared_rule {
  rule_config config;
  rule_id id = 0;
  time_source time = time_source::automatic;
  time_zone zone;

  /// The mapping of fields without an entry; the entries' follow it.
  uint32_t first_mapping = 0;

  /// Some entry has words of its own.
  bool has_own_words = false;

  /// A payload that is one decimal number needs nothing but its binding.
  bool takes_numbers = false;
};

/// What readings become: one for each entry of a rule's `fields`, and for each
/// source of an `[[rrd]]`.
struct field_mapping {
  rule_id rule = 0;
  double scale = 1;
  source_type type = source_type::gauge;
  uint16_t source = 0;
  bool drop = false;
  definition_ptr definition;

  /// Of an entry with words of its own: these, and then the rule's.
  word_map words;

  /// Index into the rules, or, of a source, into the [[rrd]]s.
  uint32_t owner = 0;
  bool of_rrd = false;

  /// Of a source: index of its source_format.
  uint8_t source_format = 0;
};

/// How messages are read for sources of [[rrd]]s.
struct source_format {
  payload_format format = payload_format::automatic;

  /// The sources name a value by its whole path, whatever topic it comes on. A
  /// message without any of these values goes to the rules.
  bool by_address = false;
};

/// What the rules say about a topic, whatever the payload.
struct topic_route {
  static constexpr uint32_t no_rule = 0xffffffff;

  uint32_t rule = no_rule;

  /// The lowest identifier of the wanted subscriptions that match; 0: none.
  uint32_t identifier = 0;

  /// The groups of the sources that take from this topic.
  std::vector<uint32_t> sources;
};

/// What tells the bindings of a topic apart: the path in the payload and, in
/// front of it, the values of the fields that the rule's template names, each
/// in braces: "{Prologue}{17}temperature_C".
class binding_key {
public:
  /// Adds the value of the next field.
  static void add_value(std::string& key, std::string_view value);

  /// Takes the values from the front of a key; what is left is the path.
  static std::string_view
  split(std::string_view key, size_t fields, std::vector<std::string>* values);
};

/// All that decides what a message becomes: the rules in force, the limits, and
/// the subscriptions that were wanted with them. Immutable; indexes of mappings
/// are only good for the set they come from.
class rule_set {
public:
  static constexpr uint32_t no_mapping = 0xffffffff;

  /// Prepares rules; each gets a number from `names`.
  /// @returns `ec::bad_config` if a template or name cannot be used.
  static caf::expected<rule_set>
  make(const config& from, std::vector<subscription> wanted, rule_names& names);

  const limits_config& limits() const noexcept {
    return limits_;
  }

  retained_policy retained() const noexcept {
    return retained_;
  }

  /// Decides for a topic. Looks at every rule: keep the answer.
  topic_route route(std::string_view topic) const;

  const prepared_rule& rule(uint32_t index) const {
    return rules_[index];
  }

  const field_mapping& mapping(uint32_t index) const {
    return mappings_[index];
  }

  /// The mapping of a rule's field, or `no_mapping` if it is not stored.
  uint32_t mapping_of(const prepared_rule& rule, std::string_view path) const;

  /// Whether the field, which is not stored, has an entry, which says `drop`.
  bool is_dropped(const prepared_rule& rule, std::string_view path) const {
    return entry_of(rule, path) != rule.first_mapping;
  }

  /// How messages are read for the sources of a group: an index for `format`.
  uint8_t format_of(uint32_t group) const {
    return groups_[group].format;
  }

  const source_format& format(uint8_t index) const {
    return formats_[index];
  }

  /// Appends the mappings of those sources in the groups that take the field of
  /// that path.
  void add_sources(const std::vector<uint32_t>& groups, std::string_view path,
                   std::vector<uint32_t>& mappings) const;

  /// What the CATALOG must know of a series; its name is empty if the template
  /// does not fit the topic.
  /// @param key the binding's, see `binding_key`
  new_series describe(uint32_t mapping, std::string_view topic,
                      std::string_view key) const;

  /// The series that a value of that topic and key would be of.
  std::vector<new_series>
  series_of(std::string_view topic, std::string_view key) const;

  /// The path in the payload of a binding's key.
  std::string_view path_of(uint32_t mapping, std::string_view key) const;

  /// Whether a copy that came with the identifiers is the one that counts.
  /// @param own that of the topic's route
  bool counts(uint32_t own, std::string_view topic, const uint32_t* identifiers,
              size_t size) const noexcept {
    return own == 0 || size == 0 || *identifiers == own
           || none_counts_more(own, topic, identifiers, size);
  }

private:
  /// Sources that take from the same topics and read these the same way.
  struct source_group {
    std::string filter;
    uint8_t format = 0;
    std::unordered_map<std::string, std::vector<uint32_t>> by_path;
  };

  /// The mapping of a rule's field, stored or not.
  uint32_t entry_of(const prepared_rule& rule, std::string_view path) const;

  bool
  none_counts_more(uint32_t own, std::string_view topic,
                   const uint32_t* identifiers, size_t size) const noexcept;
  caf::error add(const rule_config& x, rule_names& names);
  caf::error add(const rrd_config& x, rule_names& names);
  uint8_t add_format(const source_format& x);
  source_group& group_of(const std::string& filter, uint8_t format);

  limits_config limits_;
  retained_policy retained_ = retained_policy::ignore;
  std::vector<prepared_rule> rules_;
  std::vector<rrd_config> rrds_;
  std::vector<field_mapping> mappings_;
  std::vector<subscription> wanted_;
  std::vector<source_format> formats_;
  std::vector<source_group> groups_;

  /// Groups by filter and format; those whose filter is a topic, by topic; the
  /// others.
  std::map<std::pair<std::string, uint8_t>, uint32_t> numbers_;
  std::unordered_map<std::string, std::vector<uint32_t>> by_topic_;
  std::vector<uint32_t> by_filter_;
};

/// Reads the text of a configuration file, as a rules record has it.
/// @returns `ec::bad_config` with the first mistake.
caf::expected<config> read_rules(const std::string& text);

} // namespace rrdflow

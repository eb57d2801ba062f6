#pragma once

#include "actors/decode/payload_time.hpp"
#include "actors/decode/rule_names.hpp"
#include "config/rule_config.hpp"
#include "messages/catalog_values.hpp"
#include "messages/request.hpp"

#include <caf/expected.hpp>

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace rrdflow {

/// Where a rule looks for the time of readings.
enum class time_source : uint8_t { automatic, arrival, path };

/// One rule, ready for use.
struct prepared_rule {
  rule_config config;
  rule_id id = 0;
  time_source time = time_source::automatic;
  time_zone zone;

  /// The kind of fields without an entry; the entries' kinds follow it.
  uint32_t kind = 0;
};

/// What readings become: the values of one field of a rule or of one source of
/// an `[[rrd]]` are all of one kind.
struct value_kind {
  rule_id rule = 0;
  double scale = 1;
  source_type type = source_type::gauge;
  uint16_t source = 0;
  bool drop = false;
  definition_ptr definition;

  /// Index into the rules, or, of a source, into the [[rrd]]s.
  uint32_t owner = 0;
  bool of_rrd = false;
};

/// What the rules say about a topic, whatever the payload.
struct topic_route {
  static constexpr uint32_t no_rule = 0xffffffff;

  uint32_t rule = no_rule;

  /// The lowest identifier of the wanted subscriptions that match; 0: none.
  uint32_t identifier = 0;

  /// Values may belong to the Janitoo sources of an [[rrd]].
  bool janitoo = false;

  /// The kinds of the sources that take from this topic.
  std::vector<uint32_t> sources;
};

/// All rules in force, and the subscriptions that were wanted with them.
/// Immutable; numbers of kinds are only good for the set they come from.
class rule_set {
public:
  static constexpr uint32_t no_kind = 0xffffffff;

  /// Prepares rules; each gets a number from `names`.
  /// @returns `ec::bad_config` if a template or name cannot be used.
  static caf::expected<rule_set>
  make(const rules_config& rules, std::vector<subscription> wanted,
       rule_names& names);

  /// Decides for a topic. Looks at every rule: keep the answer.
  topic_route route(std::string_view topic) const;

  const prepared_rule& rule(uint32_t index) const {
    return rules_[index];
  }

  const value_kind& kind(uint32_t index) const {
    return kinds_[index];
  }

  /// The kind of a rule's field, or `no_kind` if it is not stored.
  uint32_t kind_of(const prepared_rule& rule, std::string_view path) const;

  /// Appends those of a route's `sources` that take the field of that path.
  /// @param janitoo the sources are to be found by the address of a value, too
  void sources_of(const std::vector<uint32_t>& sources, std::string_view topic,
                  std::string_view path, bool janitoo,
                  std::vector<uint32_t>& kinds) const;

  /// What the CATALOG must know of a series; its name is empty if the template
  /// does not fit the topic.
  new_series
  describe(uint32_t kind, std::string_view topic, std::string_view path) const;

  /// Whether a copy that came with the identifiers is the one that counts.
  /// @param own that of the topic's route
  bool counts(uint32_t own, const uint32_t* identifiers,
              size_t size) const noexcept {
    return own == 0 || size == 0 || *identifiers == own
           || none_counts_more(own, identifiers, size);
  }

private:
  bool none_counts_more(uint32_t own, const uint32_t* identifiers,
                        size_t size) const noexcept;
  caf::error add(const rule_config& x, rule_names& names);
  caf::error add(const rrd_config& x, rule_names& names);

  std::vector<prepared_rule> rules_;
  std::vector<rrd_config> rrds_;
  std::vector<value_kind> kinds_;
  std::vector<subscription> wanted_;

  /// Sources by exact topic, by topic filter, and by Janitoo address.
  std::unordered_map<std::string, std::vector<uint32_t>> by_topic_;
  std::vector<uint32_t> by_filter_;
  std::unordered_map<std::string, std::vector<uint32_t>> by_address_;
};

} // namespace rrdflow

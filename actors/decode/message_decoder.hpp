#pragma once

#include "actors/decode/formats/format_table.hpp"
#include "actors/decode/message_counters.hpp"
#include "actors/decode/payload_time.hpp"
#include "actors/decode/rule_set.hpp"
#include "actors/decode/topic_table.hpp"
#include "messages/journal_feed.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace rrdflow {

enum class message_result : uint8_t { decoded, ignored, dead };

const char* to_string(message_result x);

/// One reading of a message.
struct planned_reading {
  static constexpr uint32_t no_binding = 0xffffffff;

  /// Index into the plan's fields.
  uint32_t binding = no_binding;

  /// What it becomes.
  uint32_t mapping_index = 0;

  value_bits value;

  /// Nanoseconds since the epoch.
  int64_t time = field_list::no_time;

  sample_refusal refused = sample_refusal::none;
};

/// What a message would do. Nothing is done by making a plan, except that new
/// topics and fields have their places in the table.
struct message_plan {
  message_result result = message_result::ignored;

  /// Why, if it is not decoded.
  ignore_reason ignored = ignore_reason::no_value;
  dead_reason dead = dead_reason::internal;

  /// Of a decoded message; both belong to the topic table.
  topic_entry* entry = nullptr;
  field_map* fields = nullptr;

  /// Some readings' series were not answered for by the CATALOG yet.
  bool unresolved = false;

  /// Refused ones included.
  std::vector<planned_reading> readings;
};

/// Makes readings of messages. A message whose topic and fields are known costs
/// one look-up in the table and no memory.
///
/// Concurrency: one thread.
class message_decoder {
public:
  /// @param seed of the topics' hash, see topic_table
  /// @param formats see payload_reader
  explicit message_decoder(uint64_t seed = 0,
                           const format_entry* formats = format_table)
    : topics_{seed}, reader_{formats} {
    // nop
  }

  /// Goes by these rules from now on; forgets all topics.
  void use(std::shared_ptr<const rule_set> rules);

  const rule_set& rules() const noexcept {
    return *rules_;
  }

  topic_table& topics() noexcept {
    return topics_;
  }

  last_times& times() noexcept {
    return times_;
  }

  /// Whether the rules need the time of each series' newest reading.
  bool keeps_times() const noexcept {
    return rules_->retained() == retained_policy::if_newer;
  }

  /// Says what the message is to become. A message on which decoding fails is
  /// dead. Throws std::bad_alloc only.
  /// @pre `use` was called.
  /// @returns a plan that is valid until the next call or change of the table.
  const message_plan& plan(const journal_record& x);

  /// Bounds the table, see topic_table. Invalidates all bindings; not while the
  /// CATALOG is asked.
  void tidy() {
    topics_.tidy(max_unbound_, max_table_);
  }

private:
  /// How the fields of a message are read.
  struct reading_style {
    /// Null: for sources of [[rrd]]s.
    const prepared_rule* rule = nullptr;
    payload_format format = payload_format::automatic;
    time_source time = time_source::automatic;

    /// Of sources: index of their source_format.
    uint8_t source_format = 0;
    bool by_address = false;
  };

  void decode(const journal_record& x);

  /// Finds the topic, or adds it. Null if there can be no such topic.
  topic_entry* entry_of(std::string_view topic);

  /// Decodes a number on a topic whose one series has its file, which nearly
  /// all messages are.
  /// @returns false if it is anything else
  bool decode_number(const journal_record& x);

  /// Tries the sources of [[rrd]]s.
  /// @returns whether the message is theirs.
  bool decode_sources(const journal_record& x);

  /// Whether any value of the message is addressed by a source.
  bool has_source(const reading_style& style);

  void decode_rule(const journal_record& x);

  bool read(const journal_record& x, payload_format format);

  /// Makes readings of all fields that were read.
  void take_fields(const journal_record& x, const reading_style& style);

  void take_value(const field_list::field& field, std::string_view path,
                  const scalar& value, const reading_style& style);

  bool replace(const planned_reading& x) noexcept;

  /// Whether the field holds the time, which goes to `payload_time_`.
  bool take_time(const field_list::field& field, std::string_view path,
                 const reading_style& style);

  /// @returns the index of the field's first binding
  size_t add_field(std::string_view path, const reading_style& style);

  /// Gives the readings that were taken last their time.
  void give_times(const journal_record& x);

  /// Leaves out what is not newer than its series' last reading.
  void keep_newer();

  /// Why a reading of that time is refused.
  sample_refusal check_time(int64_t time, int64_t arrival) const noexcept;

  void ignore(ignore_reason x) noexcept;
  void reject(dead_reason x) noexcept;

  std::shared_ptr<const rule_set> rules_;

  /// Bounds of the table, see topic_table. A topic with one field counts as
  /// two.
  size_t max_unbound_ = 0;
  size_t max_table_ = 0;
  topic_table topics_;
  last_times times_;
  payload_reader reader_;
  message_plan plan_;

  // -- of the message at hand -------------------------------------------------

  /// Where the readings begin that `take_fields` makes.
  size_t first_ = 0;
  uint32_t stamp_ = 0;
  size_t hint_ = 0;
  bool any_value_ = false;
  int16_t time_priority_ = 0;
  std::optional<int64_t> payload_time_;
  std::vector<uint32_t> mappings_;

  /// By binding: the last message with a field for it, to find fields that
  /// stand twice.
  std::vector<uint32_t> stamps_;
};

} // namespace rrdflow

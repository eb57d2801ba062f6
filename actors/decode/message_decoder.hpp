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

/// What is unusual about a reading.
enum class reading_mark : uint8_t {
  none,
  /// The sensor has no value from now on; the reading's means nothing.
  unknown,
  /// It lost decimals because its type is for integers.
  lost_decimals,
};

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

  /// The record of the message that has it.
  uint32_t record = 0;

  sample_refusal refused = sample_refusal::none;
  reading_mark mark = reading_mark::none;
};

/// Fields of one record that say whose values stand beside them, as hashes.
struct planned_identity {
  /// Of the topic and the fields' paths.
  uint64_t place = 0;

  /// Of their values.
  uint32_t value = 0;
  uint32_t record = 0;
};

/// Why a field of a message makes no reading.
enum class passed_reason : uint8_t {
  /// null or the like.
  no_value,
  /// A text without a number, and no known word.
  text,
  /// Its entry says `drop`.
  dropped,
  /// `only` is set, and no entry matches it. Of an [[rrd]]: no source takes it.
  not_listed,
  /// It holds the time of the readings.
  time,
  /// It says that it has no value, and there is no such series.
  no_series,
};

constexpr size_t passed_reasons = 6;

const char* to_string(passed_reason x);

/// Hears of fields that make no reading.
class passed_fields {
public:
  virtual ~passed_fields() = default;
  virtual void
  pass(std::string_view path, const scalar& value, passed_reason why)
    = 0;
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

  /// Only of records with readings.
  std::vector<planned_identity> identities;
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

  /// Has `x` hear of the fields that make no reading, from now on; null: nobody
  /// does.
  void tell_passed(passed_fields* x) noexcept {
    passed_ = x;
  }

  /// The paths in their record of the fields that make up an identity of the
  /// last plan.
  std::vector<std::string> identity_paths(const planned_identity& x) const;

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
    char decimal = '.';

    /// How many fields the rule's template names.
    size_t named = 0;

    /// Of sources: index of their source_format.
    uint8_t source_format = 0;
    bool by_address = false;
  };

  /// What a record says about the time of its readings.
  struct record_time {
    std::optional<int64_t> time;
    int16_t priority = time_field_priorities;

    /// It has the field that the rule names, but that is no time.
    bool unreadable = false;

    bool is_said() const noexcept {
      return time || unreadable;
    }
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

  bool read(const journal_record& x, payload_format format, char decimal = '.');

  /// Makes readings of all fields that were read.
  void take_fields(const journal_record& x, const reading_style& style);

  /// Takes a field that is no number as it stands.
  void take_other(const field_list::field& field, std::string_view path,
                  const reading_style& style);

  /// Takes a field that has a value.
  void take_value(const field_list::field& field, std::string_view path,
                  const scalar& value, const reading_style& style);

  /// Makes its readings.
  /// @param key see `binding_key`
  void add_readings(const field_list::field& field, std::string_view key,
                    const scalar& value, const reading_style& style);

  std::string_view path_of(const field_list::field& field,
                           const reading_style& style) const noexcept {
    auto& fields = reader_.fields();
    return style.by_address ? fields.whole_path(field) : fields.path(field);
  }

  bool replace(const planned_reading& x) noexcept;

  /// Takes a field whose path says that it may be something else than a value:
  /// a time, or an identity, which is a value, too.
  /// @returns whether it is no value.
  bool take_role(const field_list::field& field, std::string_view path,
                 const reading_style& style);

  /// Whether the field holds the time of its record's readings.
  bool take_time(const field_list::field& field, std::string_view path,
                 const reading_style& style);

  record_time& time_of(uint32_t record) {
    return record == 0 ? message_time_ : record_times_[record];
  }

  /// What counts for a record: its own time, or that of the one around it.
  const record_time& time_for(uint32_t record) noexcept;

  // -- the fields that the rule's template names ------------------------------

  /// Finds them in all records.
  void find_named(const std::vector<std::string>& paths);

  /// Sets `key_` to a binding's key.
  /// @returns false if a field is missing.
  bool make_key(uint32_t record, size_t fields, std::string_view path);

  /// Whether a value whose key is not its path has one, now in `key_`; if not,
  /// it is refused or passed over.
  bool has_key(const field_list::field& field, std::string_view path,
               const reading_style& style);

  /// Notes the identities of records with readings.
  void plan_identities(const reading_style& style);

  /// @returns the index of the field's first binding
  size_t add_field(std::string_view path, std::string_view key,
                   const reading_style& style);

  [[gnu::cold]] void pass(const field_list::field& field,
                          const reading_style& style, passed_reason why);

  /// Passes over a field that is not stored.
  [[gnu::cold]] void
  pass_unused(const field_list::field& field, const reading_style& style);

  /// Gives the readings that were taken last their time.
  void give_times(const journal_record& x, const reading_style& style);

  /// Leaves out what is not newer than its series' last reading.
  void keep_newer();

  /// The time of readings without one of their own, and why they are refused.
  struct judged_time {
    int64_t time;
    sample_refusal refused;
  };

  judged_time judge(const record_time& x, const reading_style& style) const;

  /// The same for a reading with a time of its own.
  void judge_own(planned_reading& x, const reading_style& style) const;

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

  passed_fields* passed_ = nullptr;

  // -- of the message at hand -------------------------------------------------

  /// Where the readings begin that `take_fields` makes.
  size_t first_ = 0;
  int64_t arrival_ = 0;

  /// Of record 0; those of further records count up.
  uint32_t stamp_ = 0;
  size_t hint_ = 0;
  bool any_value_ = false;

  /// Every binding that was met has a file.
  bool all_bound_ = true;
  record_time message_time_;

  /// By record, but for record 0; empty if there is no other.
  std::vector<record_time> record_times_;

  /// For each record the fields that the template names, plus one.
  std::vector<uint32_t> named_;
  std::string key_;

  std::string text_;

  /// Fields that are identities.
  std::vector<uint32_t> identities_;
  std::vector<uint32_t> record_marks_;
  std::vector<uint32_t> mappings_;

  /// By binding: the last message with a field for it, to find fields that
  /// stand twice.
  std::vector<uint32_t> stamps_;
};

} // namespace rrdflow

#pragma once

#include "actors/decode/formats/payload_reader.hpp"
#include "actors/decode/last_times.hpp"
#include "actors/decode/message_plan.hpp"
#include "actors/decode/rule_set.hpp"
#include "config/limits_config.hpp"
#include "config/mqtt_config.hpp"
#include "messages/journal_feed.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace rrdflow {

/// Makes readings of messages. A message whose topic and fields are known costs
/// one look-up in the table and no memory.
///
/// Concurrency: one thread.
class message_decoder {
public:
  /// So many look-ups overlap: more than a core has loads under way.
  static constexpr size_t max_expected = 32;

  /// @param seed of the topics' hash, see topic_table
  message_decoder(const limits_config& limits, retained_policy retained,
                  uint64_t seed = 0)
    : limits_{limits}, retained_{retained},
      newcomers_{static_cast<size_t>(limits.series) / 4 + 16384}, topics_{
                                                                    seed} {
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

  bool keeps_times() const noexcept {
    return retained_ == retained_policy::if_newer;
  }

  /// Whether messages are to come that `expect` was told of.
  bool expects_any() const noexcept {
    return next_expected_ < expected_;
  }

  /// Has what is known about these topics come from memory, since messages on
  /// them come next and in this order. Costs time, but does no harm, if others
  /// come.
  /// @param n at most `max_expected`
  void expect(const std::string_view* topics, size_t n);

  /// Says what the message is to become. A message on which decoding fails is
  /// dead. Throws std::bad_alloc only.
  /// @pre `use` was called.
  /// @returns a plan that is valid until the next call or change of the table.
  const message_plan& plan(const journal_record& x);

  /// Bounds the table: forgets topics and fields that made no series, if it has
  /// grown much. Invalidates all slots; not while the CATALOG is asked.
  void tidy() {
    if (topics_.newcomers() > newcomers_ || table_size_ > max_table_size())
      forget_some();
  }

private:
  /// How the times and words of a message are read.
  struct reading_style {
    const prepared_rule* rule = nullptr;
    payload_format format = payload_format::automatic;
    time_source time = time_source::automatic;
  };

  struct expected_topic {
    std::string_view topic;
    uint64_t hash;
  };

  /// One topic with one field counts as two.
  size_t max_table_size() const noexcept {
    return static_cast<size_t>(limits_.series) * 4 + 65536;
  }

  void forget_some();
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

  /// Makes readings of all fields.
  void take_fields(const journal_record& x, const reading_style& style);

  void take_value(const field_list::field& field, std::string_view path,
                  const scalar& value, const reading_style& style);

  bool replace(const planned_reading& x) noexcept;

  /// Whether the field holds the time, which goes to `payload_time_`.
  bool take_time(const field_list::field& field, std::string_view path,
                 const reading_style& style);

  size_t add_slots(std::string_view path, const reading_style& style);

  /// Gives the readings their time.
  void finish(const journal_record& x);

  void ignore(ignore_reason x) noexcept;
  void bury(dead_reason x) noexcept;

  limits_config limits_;
  retained_policy retained_;

  /// So many topics without a file are remembered.
  size_t newcomers_;
  std::shared_ptr<const rule_set> rules_;
  topic_table topics_;
  last_times times_;
  payload_reader reader_;
  message_plan plan_;

  /// Entries and slots in the table, about.
  size_t table_size_ = 0;

  /// What `expect` was told; the next is `next_expected_`.
  std::array<expected_topic, max_expected> expectations_;
  size_t next_expected_ = 0;
  size_t expected_ = 0;

  // -- of the message at hand -------------------------------------------------

  uint32_t stamp_ = 0;
  size_t hint_ = 0;
  bool any_value_ = false;
  int time_rank_ = 0;
  std::optional<int64_t> payload_time_;
  std::vector<uint32_t> kinds_;

  /// By slot: the last message with a field for it, to find fields that stand
  /// twice.
  std::vector<uint32_t> stamps_;
};

} // namespace rrdflow

#pragma once

#include "actors/base/metrics.hpp"
#include "actors/base/recent_map.hpp"
#include "actors/decode/message_decoder.hpp"
#include "messages/unstored.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// What is stored, but hardly as it was meant.
enum class decode_warning : uint8_t {
  /// One series gets the values of several devices.
  identity,
  /// A series of integers gets decimals.
  decimals,
};

inline constexpr const char* decode_warning_names[] = {"identity", "decimals"};

constexpr auto decode_warnings = std::size(decode_warning_names);

inline const char* to_string(decode_warning x) {
  return decode_warning_names[static_cast<size_t>(x)];
}

/// What the DECODER has to say of a message, the worst first.
enum class unstored_kind : uint8_t { refused, dead, ignored, warning, passed };

const char* to_string(unstored_kind x);

/// One of all reasons for which the DECODER does not store something, or warns.
class unstored_reason {
public:
  static constexpr size_t count = sample_refusals + dead_reasons
                                  + ignore_reasons + decode_warnings
                                  + passed_reasons;

  constexpr unstored_reason(sample_refusal x) noexcept
    : kind_{unstored_kind::refused}, number_{static_cast<uint8_t>(x)} {
    // nop
  }

  constexpr unstored_reason(dead_reason x) noexcept
    : kind_{unstored_kind::dead}, number_{static_cast<uint8_t>(x)} {
    // nop
  }

  constexpr unstored_reason(ignore_reason x) noexcept
    : kind_{unstored_kind::ignored}, number_{static_cast<uint8_t>(x)} {
    // nop
  }

  constexpr unstored_reason(decode_warning x) noexcept
    : kind_{unstored_kind::warning}, number_{static_cast<uint8_t>(x)} {
    // nop
  }

  constexpr unstored_reason(passed_reason x) noexcept
    : kind_{unstored_kind::passed}, number_{static_cast<uint8_t>(x)} {
    // nop
  }

  /// @pre `index < count`
  static unstored_reason at(size_t index) noexcept;

  /// The one with these texts; nothing if there is none.
  static std::optional<unstored_reason>
  named(std::string_view kind, std::string_view name) noexcept;

  /// Below `count`.
  size_t index() const noexcept;

  unstored_kind kind() const noexcept {
    return kind_;
  }

  const char* name() const noexcept;

private:
  constexpr unstored_reason(unstored_kind kind, uint8_t number) noexcept
    : kind_{kind}, number_{number} {
    // nop
  }

  unstored_kind kind_;
  uint8_t number_;
};

/// What is to be said of something that is not stored.
struct unstored_note {
  /// In the payload, if only that is concerned.
  std::string path;
  std::string series;

  /// With the remedy.
  std::string text;

  /// With the series.
  std::string for_log() const {
    return series.empty() ? text : "series " + series + ": " + text;
  }
};

/// A message that is kept, and why.
struct kept_message {
  unstored_reason why = ignore_reason::no_rule;

  /// What tells it apart from others of its topic and reason.
  std::string key;
  unstored_note note;

  /// Messages or readings.
  uint64_t count = 0;

  /// Of the last one.
  int64_t arrival = 0;
  uint64_t sequence = 0;
  std::string topic;
  std::string payload;
  bool retained = false;

  /// The payload is all that came.
  bool whole = false;

  /// The message once more, in the place of the record `at`. Refers to this.
  journal_record as_record(const journal_record& at) const;
};

/// Keeps, for each reason and topic, how often something was not stored and the
/// last such message; and collects what is to be told of it in a log that takes
/// few lines. Bounded, however much comes.
///
/// Concurrency: one thread.
class unstored_messages {
public:
  /// Of each reason; of more the newest are kept.
  static constexpr size_t max_topics = 1000;

  /// Bytes that are kept of a payload, and for a reason.
  static constexpr size_t max_payload = 4096;
  static constexpr size_t max_bytes = 512 << 10;

  /// @param registry May be null. Must outlive the list.
  explicit unstored_messages(metric_registry* registry);

  /// Notes a message, or a reading of it.
  /// @param key tells what is kept apart for one topic and reason; empty:
  /// nothing
  /// @param describe `unstored_note()`; called for each reading, and once a
  /// second at most for a message
  /// @returns whether it is the first one
  template <class F>
  bool add(unstored_reason why, const journal_record& x, std::string_view key,
           F describe) {
    return add(why, x, key, x.payload, describe);
  }

  /// The same, with another text than the message's payload.
  template <class F>
  bool add(unstored_reason why, const journal_record& x, std::string_view key,
           std::string_view payload, F describe) {
    auto& kept = obtain(why, x.topic, key);
    auto first = kept.count++ == 0;
    auto second = x.arrival / 1'000'000'000;
    // What is said of a reading names its time and value.
    auto fresh = first || why.kind() == unstored_kind::refused
                 || kept.arrival / 1'000'000'000 != second;
    if (first || kept.sequence != x.sequence)
      keep(kept, x, payload);
    auto& told = lines_[why.index()];
    if (fresh || told.count == 0)
      set_note(kept, describe());
    if (told.count++ == 0)
      told.first = {kept.topic, kept.note.for_log()};
    any_line_ = true;
    return first;
  }

  /// Warns of a topic or series; to be called once for each.
  void warn(decode_warning why, const journal_record& x, std::string_view key,
            unstored_note note);

  // -- the log ----------------------------------------------------------------

  /// What is to be told of a reason.
  struct line {
    uint64_t count = 0;

    struct first_message {
      std::string topic;
      std::string text;
    } first;
  };

  /// Whether there is anything to tell.
  bool any_line() const noexcept {
    return any_line_;
  }

  bool has_line(unstored_reason why) const noexcept {
    return lines_[why.index()].count > 0;
  }

  /// What is to be told since the last call.
  line take_line(unstored_reason why);

  // -- what is kept -----------------------------------------------------------

  /// Of these topics and series, the worst first; without any, the `few` newest
  /// of each reason but what is passed over.
  std::vector<unstored>
  list(const std::vector<std::string>& names, size_t few) const;

  /// The messages that could be decoded by other rules, oldest first.
  std::vector<kept_message> undecoded() const;

  /// Forgets a message that was decoded.
  void decoded(const kept_message& x);

  /// All, the oldest of each reason first.
  std::vector<kept_message> all() const;

  /// Takes back what `all` gave.
  void restore(std::vector<kept_message> xs);

private:
  static uint64_t
  hash(unstored_reason why, std::string_view topic, std::string_view key);

  kept_message&
  obtain(unstored_reason why, std::string_view topic, std::string_view key);

  void
  keep(kept_message& x, const journal_record& from, std::string_view payload);
  void set_note(kept_message& x, unstored_note note);

  /// The messages that are kept for a reason.
  struct reason_messages {
    recent_map<kept_message> messages{max_topics};

    /// That they take.
    size_t bytes = 0;

    void drop_oldest();
  };

  std::vector<reason_messages> kept_;
  std::array<line, unstored_reason::count> lines_;
  bool any_line_ = false;
  counter identities_;
  counter decimals_;
};

} // namespace rrdflow

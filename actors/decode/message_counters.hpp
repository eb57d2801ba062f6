#pragma once

#include "actors/base/metrics.hpp"
#include "messages/cache_values.hpp"
#include "messages/catalog_values.hpp"
#include "messages/sample.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

// Snapshots keep a count for each of these reasons, in the order of their
// numbers: a number keeps its meaning, a new reason gets the next one. The
// names below each are the metrics' label `reason`.

/// Why a message has no sample, though nothing is wrong with it.
enum class ignore_reason : uint8_t {
  /// No rule takes the topic.
  no_rule = 0,
  /// The rule says `drop`.
  dropped = 1,
  /// There is no payload.
  empty = 2,
  /// The payload is a text that stands for no value.
  text = 3,
  /// The payload has no field with a value that is wanted.
  no_value = 4,
  /// It was retained, and is not to be taken.
  retained = 5,
  /// Another copy of it counts, which came with another filter.
  overlap = 6,
};

inline constexpr const char* ignore_reason_names[]
  = {"no_rule", "dropped", "empty", "text", "no_value", "retained", "overlap"};

/// Why a message could not be decoded.
enum class dead_reason : uint8_t {
  /// Above limits.payload.
  too_large = 0,
  bad_topic = 1,
  /// The payload is not what its format should be.
  json = 2,
  /// JSON that is nested too deeply.
  depth = 3,
  /// The format is `number`, and this is none.
  number = 4,
  /// Decoding failed.
  internal = 5,
  /// It was lost in damaged bytes of the journal.
  journal_damaged = 6,
  /// An actor ended over it, twice.
  poison = 7,
};

inline constexpr const char* dead_reason_names[]
  = {"too_large", "bad_topic",       "json",  "depth", "number",
     "internal",  "journal_damaged", "poison"};

/// Why a sample went nowhere. The first ones are the `refusal`s.
enum class sample_refusal : uint8_t {
  none = 0,
  collision = 1,
  limit = 2,
  name = 3,
  file = 4,
  /// Its time is beyond limits.future or limits.past.
  future = 5,
  past = 6,
  /// Its type cannot hold the value.
  range = 7,
  /// The field that holds its time cannot be read.
  time = 8,
  /// There is no field that its series is named by.
  field = 9,
};

inline constexpr const char* sample_refusal_names[]
  = {"none",   "collision", "limit", "name", "file",
     "future", "past",      "range", "time", "field"};

constexpr auto ignore_reasons = std::size(ignore_reason_names);
constexpr auto dead_reasons = std::size(dead_reason_names);
constexpr auto sample_refusals = std::size(sample_refusal_names);

inline const char* to_string(ignore_reason x) {
  return ignore_reason_names[static_cast<size_t>(x)];
}

inline const char* to_string(dead_reason x) {
  return dead_reason_names[static_cast<size_t>(x)];
}

inline const char* to_string(sample_refusal x) {
  return sample_refusal_names[static_cast<size_t>(x)];
}

/// What a snapshot keeps of the counters.
struct message_counts {
  struct rule {
    uint64_t samples = 0;
    std::array<uint64_t, sample_refusals> refused{};

    /// Seconds since the epoch.
    int64_t last_message = 0;
  };

  uint64_t decoded = 0;
  std::array<uint64_t, ignore_reasons> ignored{};
  std::array<uint64_t, dead_reasons> dead{};

  /// By rule_id.
  std::vector<rule> rules;
};

/// Counts what became of messages and samples. Each message is decoded, ignored
/// or dead; each sample is counted for its rule, and once more if refused.
class message_counters {
public:
  static constexpr size_t max_dead = 1000;

  /// Bytes that are kept of a dead letter.
  static constexpr size_t max_dead_topic = 1024;
  static constexpr size_t max_dead_payload = 256;

  /// @param registry May be null. Must outlive the counters.
  explicit message_counters(metric_registry* registry);

  /// Shows the counters of rules that got their names since.
  /// @param names By rule_id, of all rules so far.
  void name_rules(const std::vector<std::string>& names);

  void decoded() noexcept {
    decoded_.add();
  }

  void ignored(ignore_reason x) noexcept {
    ignored_[x].add();
  }

  /// Counts a dead letter and keeps what it was.
  void dead(dead_reason reason, int64_t arrival, std::string_view topic,
            std::string_view payload);

  /// Counts messages of which nothing is left.
  void lost(uint64_t messages, std::string_view where, int64_t second);

  /// @param second The arrival of their message.
  void samples(rule_id rule, uint64_t n, int64_t second) noexcept {
    auto& x = *rules_[rule];
    x.samples.add(n);
    x.last_message.set(static_cast<double>(second));
  }

  void refused(rule_id rule, sample_refusal x) noexcept {
    rules_[rule]->refused[x].add();
  }

  /// All messages that were counted.
  uint64_t messages() const noexcept {
    return decoded_.value() + ignored_.sum() + dead_letters();
  }

  uint64_t dead_letters() const noexcept {
    return dead_.sum();
  }

  message_counts all() const;

  /// The last dead letters, oldest first.
  const std::deque<dead_message>& last_dead() const noexcept {
    return last_dead_;
  }

  /// Takes back what a snapshot kept.
  /// @pre `name_rules` was told of all its rules
  void restore(const message_counts& x, std::deque<dead_message> dead);

private:
  struct rule_counters {
    rule_counters(metric_registry* registry, const std::string& name);

    counter samples;
    gauge last_message;
    enum_counters<sample_refusal, sample_refusals, 1> refused;
  };

  void keep(dead_message x);

  metric_registry* registry_;
  counter decoded_;
  enum_counters<ignore_reason, ignore_reasons> ignored_;
  enum_counters<dead_reason, dead_reasons> dead_;

  /// By rule_id.
  std::vector<std::unique_ptr<rule_counters>> rules_;
  std::deque<dead_message> last_dead_;
};

} // namespace rrdflow

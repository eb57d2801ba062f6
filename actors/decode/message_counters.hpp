#pragma once

#include "messages/cache_values.hpp"
#include "messages/catalog_values.hpp"
#include "messages/metric.hpp"
#include "messages/sample.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// Why a message has no sample, though nothing is wrong with it.
enum class ignore_reason : uint8_t {
  /// No rule takes the topic.
  no_rule,
  /// The rule says `drop`.
  dropped,
  /// There is no payload.
  empty,
  /// The payload is a text that stands for no value.
  text,
  /// The payload has no field with a value that is wanted.
  no_value,
  /// It was retained, and is not to be taken.
  retained,
  /// Another copy of it counts, which came with another filter.
  overlap,
};

/// Why a message could not be decoded.
enum class dead_reason : uint8_t {
  /// Above limits.payload.
  too_large,
  bad_topic,
  /// Neither JSON nor anything else of the rule's format.
  json,
  /// JSON that is nested too deeply.
  depth,
  /// The format is `number`, and this is none.
  number,
  /// Decoding failed.
  internal,
  /// It was lost in damaged bytes of the journal.
  journal_damaged,
  /// An actor ended over it, twice.
  poison,
};

/// Why a sample went nowhere. The first ones are the `refusal`s.
enum class sample_refusal : uint8_t {
  none,
  collision,
  limit,
  name,
  file,
  /// The payload's time is beyond limits.future or limits.past.
  future,
  past,
  /// Its type cannot hold the value.
  range,
};

constexpr size_t ignore_reasons = 7;
constexpr size_t dead_reasons = 8;
constexpr size_t sample_refusals = 8;

/// The metrics' label `reason`.
const char* to_string(ignore_reason x);
const char* to_string(dead_reason x);
const char* to_string(sample_refusal x);

/// Counts what became of messages and samples. Each message is decoded, ignored
/// or dead; each sample is counted for its rule, and once more if refused.
class message_counters {
public:
  static constexpr size_t max_dead = 1000;

  /// Bytes that are kept of a dead message.
  static constexpr size_t max_dead_topic = 1024;
  static constexpr size_t max_dead_payload = 256;

  struct rule_counts {
    uint64_t samples = 0;
    std::array<uint64_t, sample_refusals> refused{};

    /// Seconds since the epoch.
    int64_t last_message = 0;
  };

  struct counts {
    uint64_t decoded = 0;
    std::array<uint64_t, ignore_reasons> ignored{};
    std::array<uint64_t, dead_reasons> dead{};
    std::vector<rule_counts> rules;
  };

  /// Makes room for the numbers below `n`.
  void have_rules(size_t n) {
    if (counts_.rules.size() < n)
      counts_.rules.resize(n);
  }

  void decoded() noexcept {
    ++counts_.decoded;
  }

  void ignored(ignore_reason x) noexcept {
    ++counts_.ignored[static_cast<size_t>(x)];
  }

  /// Counts a dead message and keeps what it was.
  void dead(dead_reason reason, int64_t arrival, std::string_view topic,
            std::string_view payload);

  /// Counts messages of which nothing is left.
  void lost(uint64_t messages, std::string_view where, int64_t second);

  /// @param second The arrival of its message.
  void sample(rule_id rule, int64_t second) noexcept {
    auto& x = counts_.rules[rule];
    ++x.samples;
    x.last_message = second;
  }

  void refused(rule_id rule, sample_refusal x) noexcept {
    ++counts_.rules[rule].refused[static_cast<size_t>(x)];
  }

  /// All messages that were counted.
  uint64_t messages() const noexcept;

  uint64_t dead_messages() const noexcept;

  const counts& all() const noexcept {
    return counts_;
  }

  /// The last dead messages, oldest first.
  const std::deque<dead_message>& last_dead() const noexcept {
    return last_dead_;
  }

  /// Takes back what a snapshot kept.
  void restore(counts x, std::deque<dead_message> dead);

  /// @param names The names of the rules.
  void collect(const std::vector<std::string>& names, metrics& xs) const;

private:
  void keep(dead_message x);

  counts counts_;
  std::deque<dead_message> last_dead_;
};

} // namespace rrdflow

#pragma once

#include "actors/base/metrics.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace rrdflow {

/// What is wrong with readings and has a remedy, which must be told.
enum class remark_kind : uint8_t {
  /// Their time is beyond limits.future.
  future,
  /// Their time is beyond limits.past.
  past,
  /// The field that the rule names for their time cannot be read.
  time,
  /// They lack a field that their series is named by.
  field,
  /// One series gets the values of several devices.
  identity,
  /// A series of integers gets decimals.
  decimals,
};

inline constexpr const char* remark_names[]
  = {"future", "past", "time", "field", "identity", "decimals"};

constexpr size_t remark_kinds = std::size(remark_names);

inline const char* to_string(remark_kind x) {
  return remark_names[static_cast<size_t>(x)];
}

/// Whether remarks of that kind are made once for each topic or series.
constexpr bool is_once(remark_kind x) noexcept {
  return x == remark_kind::identity || x == remark_kind::decimals;
}

/// What is to be told about a topic or a series.
struct remark {
  remark_kind kind = remark_kind::future;

  /// Nanoseconds since the epoch.
  int64_t arrival = 0;
  std::string topic;

  /// With the remedy.
  std::string text;
};

/// Collects remarks for a log that takes few lines, and keeps the last ones of
/// those that are made once for a topic or a series. Bounded, however many are
/// made.
///
/// Concurrency: one thread.
class remark_list {
public:
  /// Of those that are kept.
  static constexpr size_t max_kept = 200;

  /// @param registry May be null. Must outlive the list.
  explicit remark_list(metric_registry* registry);

  /// Counts a remark. Its text is made only if it is the first of its kind
  /// since the last `take`.
  template <class F>
  void add(remark_kind kind, int64_t arrival, std::string_view topic, F text) {
    auto& x = waiting_[static_cast<size_t>(kind)];
    if (x.count++ == 0)
      x.first = {kind, arrival, std::string{topic}, text()};
    any_ = true;
  }

  /// The same for one that is made once for each topic or series: it is counted
  /// by a metric and kept.
  void add_once(remark x);

  /// Whether there is anything to take.
  bool any() const noexcept {
    return any_;
  }

  bool has(remark_kind kind) const noexcept {
    return waiting_[static_cast<size_t>(kind)].count > 0;
  }

  /// The first one of its kind since the last call, and how many there were.
  std::optional<remark> take(remark_kind kind, uint64_t& count);

  /// Oldest first.
  const std::deque<remark>& kept() const noexcept {
    return kept_;
  }

private:
  struct waiting_remark {
    uint64_t count = 0;
    remark first;
  };

  std::array<waiting_remark, remark_kinds> waiting_;
  bool any_ = false;
  std::deque<remark> kept_;
  counter identities_;
  counter decimals_;
};

} // namespace rrdflow

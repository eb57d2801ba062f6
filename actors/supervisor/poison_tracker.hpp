#pragma once

#include "messages/sample.hpp"

#include <map>
#include <optional>

namespace rrdflow {

/// How a flow ended because of an exception, as far as it concerns the records
/// of the journal.
struct flow_death {
  /// An actor threw while it applied a record; otherwise no record is the
  /// cause.
  bool over_record = false;

  /// Memory was short, which the record need not have caused.
  bool out_of_memory = false;

  /// See decode_progress.
  position answered = 0;
  position read = 0;

  /// The record that was applied alone, if any.
  std::optional<position> at_hand;
};

/// Finds the record that makes the flow end each time it is applied.
///
/// Operation: after a first death, the next flow applies all records that were
/// under way one by one. The record over which that flow ends is poison, after
/// two tries. If it ends before it gets to them, all records are applied one by
/// one. A record over which memory runs out gets more tries.
class poison_tracker {
public:
  /// Tries that a record gets by itself.
  static constexpr unsigned tries = 1;
  static constexpr unsigned tries_without_memory = 4;

  /// Takes note of a death; returns the record that is poison, if it is known.
  std::optional<position> died(const flow_death& x);

  /// The records to apply one by one are in [from, to).
  position from() const noexcept {
    return from_;
  }

  position to() const noexcept {
    return to_;
  }

private:
  position from_ = 0;
  position to_ = 0;
  std::map<position, unsigned> tried_;
};

} // namespace rrdflow

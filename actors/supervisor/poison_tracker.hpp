#pragma once

#include "messages/sample.hpp"

#include <map>
#include <optional>

namespace rrdflow {

/// How a flow ended because of an exception, as far as it concerns the records
/// of the journal.
struct flow_death {
  /// An actor threw while it applied a record; otherwise the records are
  /// innocent.
  bool over_record = false;

  /// Memory was short, for which the record need not be the reason.
  bool out_of_memory = false;

  /// See decode_progress.
  position answered = 0;
  position read = 0;

  /// The record that was applied alone, if any.
  std::optional<position> at_hand;
};

/// Finds the record that makes the flow end each time it is applied.
///
/// Operation: after a first death, all records that were under way are suspects
/// and are applied one by one by the next flow. When that ends over one of
/// them, this one is it: dead after two tries. If the next flow ends before it
/// gets to the suspects, all records are suspects. A record over which memory
/// runs out gets more tries.
class poison_tracker {
public:
  /// Tries that a record gets by itself.
  static constexpr unsigned tries = 1;
  static constexpr unsigned tries_without_memory = 4;

  /// Tells of a death and returns the record that is to be taken as dead.
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

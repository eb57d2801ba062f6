#include "actors/supervisor/poison_tracker.hpp"

#include <algorithm>

namespace rrdflow {

std::optional<position> poison_tracker::died(const flow_death& x) {
  if (!x.over_record)
    return std::nullopt;
  if (!x.at_hand) {
    from_ = x.answered < to_ ? 0 : x.answered;
    to_ = std::max(to_, x.read);
    return std::nullopt;
  }
  auto limit = x.out_of_memory ? tries_without_memory : tries;
  if (++tried_[*x.at_hand] < limit)
    return std::nullopt;
  tried_.erase(*x.at_hand);
  return x.at_hand;
}

} // namespace rrdflow

#include "actors/journal/journal_stall.hpp"

#include "messages/error.hpp"

namespace rrdflow {

const char* to_string(stall_reason x) {
  switch (x) {
    case stall_reason::none:
      return "none";
    case stall_reason::journal_full:
      return "journal_full";
    case stall_reason::disk_reserve:
      return "disk_reserve";
    case stall_reason::clock:
      return "clock";
    case stall_reason::io:
      return "io";
  }
  return "unknown";
}

stall_reason stall_of(const caf::error& x) {
  return x == ec::disk_full ? stall_reason::disk_reserve : stall_reason::io;
}

stall_state::stall_state(metric_registry* registry)
  : stalls_{
    registry, {"stalls_total", "Stalls of the intake, by reason."}, "reason"} {
  for (size_t i = 1; i < stall_reasons; ++i) {
    auto reason = static_cast<stall_reason>(i);
    stalled_.emplace_back(
      registry, metric_info{"stalled", "1 while intake is stalled, by reason."},
      [this, reason] { return reason_ == reason ? 1.0 : 0.0; },
      metric_labels{{"reason", to_string(reason)}});
  }
}

void stall_state::begin(stall_reason x) {
  if (x != reason_)
    stalls_[x].add();
  reason_ = x;
}

void stall_state::end() {
  reason_ = stall_reason::none;
  ended_.notify_all();
}

bool stall_state::wait(std::unique_lock<std::mutex>& held,
                       std::chrono::milliseconds timeout) {
  return ended_.wait_for(held, timeout,
                         [&] { return reason_ == stall_reason::none; });
}

} // namespace rrdflow

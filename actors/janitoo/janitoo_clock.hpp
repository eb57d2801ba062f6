#pragma once

#include "actors/janitoo/janitoo_network.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace rrdflow {

/// Something of a node that is due: a heartbeat if `value` is empty, else the
/// poll of that value.
struct janitoo_event {
  std::string hadd;
  std::string value;

  bool operator<(const janitoo_event& x) const {
    return std::tie(hadd, value) < std::tie(x.hadd, x.value);
  }
};

/// When heartbeats and polls are due. Times are milliseconds of a clock that
/// never steps, handed in.
///
/// A controller's first heartbeat comes a period after the start, those of its
/// nodes at once, as the original's; polls begin at once, a few at a time.
/// After a period that could not be kept the next one begins where it ended.
class janitoo_clock {
public:
  /// At most so many are due at once; the others are due at the next look.
  static constexpr size_t at_once = 500;

  /// Between two first polls.
  static constexpr int64_t spread = 20;

  /// Takes over what the nodes say. What had a period keeps its time, unless
  /// the period is another one now: then it begins anew.
  void schedule(const janitoo_network& x, int64_t now);

  /// Makes all heartbeats due: the last ones may be lost.
  void beat_now(int64_t now);

  /// What is due, the oldest first; each goes on by its period.
  std::vector<janitoo_event> due(int64_t now);

private:
  struct entry {
    int64_t at = 0;
    int64_t period = 0;
  };

  using entries = std::map<janitoo_event, entry>;

  void move(entries::iterator i, int64_t at);

  entries entries_;
  std::set<std::pair<int64_t, janitoo_event>> order_;
};

} // namespace rrdflow

#include "actors/janitoo/janitoo_clock.hpp"

#include <algorithm>

namespace rrdflow {

void janitoo_clock::schedule(const janitoo_network& x, int64_t now) {
  entries next;
  int64_t polls = 0;
  auto add = [&](janitoo_event what, int64_t seconds, int64_t first) {
    if (seconds <= 0)
      return;
    entry y{first, seconds * 1000};
    auto old = entries_.find(what);
    if (old != entries_.end())
      y.at = old->second.period == y.period ? old->second.at : now + y.period;
    next.emplace(std::move(what), y);
  };
  for (auto& bus : x.buses)
    for (auto& node : bus.nodes) {
      auto controller = &node == &bus.nodes.front();
      add({node.hadd, ""}, node.heartbeat,
          controller ? now + node.heartbeat * 1000 : now);
      for (auto& value : node.values)
        if (value.polled)
          add({node.hadd, value.uuid}, value.poll_delay,
              now + spread * ++polls);
    }
  entries_ = std::move(next);
  order_.clear();
  for (auto& [what, y] : entries_)
    order_.emplace(y.at, what);
}

void janitoo_clock::beat_now(int64_t now) {
  for (auto i = entries_.begin(); i != entries_.end(); ++i)
    if (i->first.value.empty())
      move(i, std::min(now, i->second.at));
}

std::vector<janitoo_event> janitoo_clock::due(int64_t now) {
  std::vector<janitoo_event> result;
  while (!order_.empty() && order_.begin()->first <= now
         && result.size() < at_once) {
    auto i = entries_.find(order_.begin()->second);
    auto& x = i->second;
    result.push_back(i->first);
    // Late, but not by a period: the rhythm stays.
    auto late = now - x.at >= x.period;
    move(i, (late ? now : x.at) + x.period);
  }
  return result;
}

void janitoo_clock::move(entries::iterator i, int64_t at) {
  order_.erase({i->second.at, i->first});
  i->second.at = at;
  order_.emplace(at, i->first);
}

} // namespace rrdflow

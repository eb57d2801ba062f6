#include "actors/mqtt/mqtt_routes.hpp"

#include "config/topic_syntax.hpp"

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

bool has(const std::vector<subscription>& xs, uint32_t identifier) {
  return std::any_of(xs.begin(), xs.end(), [identifier](auto& x) {
    return x.identifier == identifier;
  });
}

} // namespace

bool any_covers(const std::vector<subscription>& filters, std::string_view x) {
  return !x.empty()
         && std::any_of(filters.begin(), filters.end(),
                        [x](auto& y) { return covers(y.filter, x); });
}

std::vector<subscription>
besides(const std::vector<subscription>& rules,
        const std::vector<subscription>& node, bool identifiers) {
  std::vector<subscription> result;
  for (auto& x : node)
    if (identifiers ? !has(rules, x.identifier) : !any_covers(rules, x.filter))
      result.push_back(x);
  return result;
}

void mqtt_routes::set(std::vector<subscription> rules,
                      std::vector<subscription> node) {
  auto next = std::make_shared<const content>(
    content{std::move(rules), std::move(node)});
  std::lock_guard<std::mutex> guard{mutex_};
  content_ = std::move(next);
}

mqtt_route mqtt_routes::of(const incoming_message& x) const {
  auto now = current();
  if (now->node.empty())
    return {};
  mqtt_route result;
  if (x.identifier_count == 0) {
    result.node = any_covers(now->node, x.topic);
    result.journal = !result.node || any_covers(now->rules, x.topic);
    return result;
  }
  result.journal = false;
  for (size_t i = 0; i < x.identifier_count; ++i) {
    auto ours = has(now->node, x.identifiers[i]);
    result.node = result.node || ours;
    // What nobody wants any more is for the journal: rather double than lost.
    result.journal
      = result.journal || !ours || has(now->rules, x.identifiers[i]);
  }
  return result;
}

bool mqtt_routes::only_node(uint32_t identifier) const {
  auto now = current();
  return has(now->node, identifier) && !has(now->rules, identifier);
}

std::shared_ptr<const mqtt_routes::content> mqtt_routes::current() const {
  std::lock_guard<std::mutex> guard{mutex_};
  return content_;
}

} // namespace rrdflow

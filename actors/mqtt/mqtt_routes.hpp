#pragma once

#include "actors/mqtt/mqtt_sink.hpp"
#include "messages/request.hpp"

#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace rrdflow {

/// Whom a message is for.
struct mqtt_route {
  bool journal = true;
  bool node = false;
};

/// Tells the messages of the rules from those of JANITOO_NODE, which share one
/// connection.
///
/// Operation: an identifier says whose subscription brought the copy. Without
/// one (MQTT 3.1.1) the topic decides; then a message may be for both. A filter
/// that both have is subscribed once, and its copies are for both.
/// Concurrency: any thread.
class mqtt_routes {
public:
  void set(std::vector<subscription> rules, std::vector<subscription> node);

  mqtt_route of(const incoming_message& x) const;

  /// Whether the identifier stands for a filter of the node alone: the journal
  /// must not see it.
  bool only_node(uint32_t identifier) const;

private:
  struct content {
    std::vector<subscription> rules;
    std::vector<subscription> node;
  };

  std::shared_ptr<const content> current() const;

  mutable std::mutex mutex_;
  std::shared_ptr<const content> content_ = std::make_shared<content>();
};

/// Whether one of the filters covers `x`, a topic or a filter.
bool any_covers(const std::vector<subscription>& filters, std::string_view x);

/// Those of the node's filters that are to be subscribed besides the rules'.
/// Without identifiers, a filter that a rule covers is left out: its messages
/// come anyway, and would come twice.
std::vector<subscription>
besides(const std::vector<subscription>& rules,
        const std::vector<subscription>& node, bool identifiers);

} // namespace rrdflow

#pragma once

#include "actors/base/node_queue.hpp"
#include "actors/janitoo/janitoo_engine.hpp"
#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow {

/// What a JANITOO_NODE needs to know.
struct janitoo_settings {
  config_ptr configuration;

  /// What leads from MQTT_SOURCE to it.
  std::shared_ptr<node_queue> queue;

  /// Whether the file of an `[[rrd]]` exists. May look at the disk.
  std::function<bool(const std::string& rrd)> file_exists;

  /// Has the configuration read anew, later.
  std::function<void()> reload;

  /// Shows the node's counters, and what the flow counts. Never null.
  std::shared_ptr<metric_registry> metrics
    = std::make_shared<metric_registry>();
};

/// The JANITOO_NODE. Answers the Janitoo network.
///
/// Spawned by: the service, if `[janitoo]` is enabled; survives the flows.
/// Sends to: MQTT_SOURCE (what is published), JOURNAL_KEEPER (flush), SETTINGS.
/// Blocks: on `file_exists`.
/// Stops: after `stop` on EXIT.
class janitoo_node_state {
public:
  using handle = janitoo_node_actor;

  static inline const char* name = "janitoo-node";

  static constexpr std::chrono::milliseconds tick_interval{500};

  /// Messages of one go: others get a turn.
  static constexpr size_t at_once = 50;

  /// Requests that wait for the flow or for SETTINGS; more are refused.
  static constexpr size_t max_open = 1000;

  explicit janitoo_node_state(janitoo_node_actor::pointer self) : self_{self} {
    // nop
  }

  janitoo_node_actor::behavior_type make_behavior(janitoo_settings settings);

private:
  using tasks = std::vector<janitoo_task>;

  /// Refuses what the old flow has not answered.
  void follow(const flow_handles& x);
  void work();
  void tick();
  void start(janitoo_task x);
  void begin_task(janitoo_task x);
  void flush(janitoo_task x);
  void flush_waiting();
  void flushed(uint64_t from, const std::string& failure);
  void set(janitoo_task x);
  void done(const janitoo_task& x, const std::string& data);
  void refuse(janitoo_refusal x);
  void publish(std::string topic, std::string payload);
  int64_t now() const;

  janitoo_node_actor::pointer self_;
  janitoo_settings settings_;
  std::unique_ptr<janitoo_engine> engine_;

  /// What the queue dropped unread.
  std::deque<computed_metric> dropped_;
  std::optional<flow_handles> flow_;
  settings_actor keeper_of_settings_;

  /// Of the queue, when it was read last.
  uint64_t connections_ = 0;

  size_t open_ = 0;

  /// Counts flows: answers of older ones are ignored.
  uint64_t generation_ = 0;

  /// Flushes that the flow does now, and those that come after.
  tasks flushing_;
  tasks waiting_;

  bool left_ = false;
};

} // namespace rrdflow

#pragma once

#include "actors/base/metrics.hpp"
#include "actors/supervisor/backoff.hpp"
#include "messages/interfaces.hpp"

#include <caf/expected.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace rrdflow {

/// One actor of a running flow.
struct supervised {
  std::string name;
  caf::strong_actor_ptr actor;

  /// Lives on when the flow ends because another actor died.
  bool stays = false;
};

/// A running flow.
struct started_flow {
  flow_handles handles;

  /// In the order in which to end them.
  std::vector<supervised> actors;
};

/// What a SUPERVISOR is given.
struct supervisor_settings {
  /// Starts the flow from snapshot and journal. Blocks.
  std::function<caf::expected<started_flow>()> start;

  /// Called whenever the flow becomes ready (empty) or is not (why).
  std::function<void(const std::string&)> state_changed;

  /// Called before the next start with the name of each actor that died, and
  /// why. Returns whether the cause is removed, so that the start need not wait.
  std::function<bool(const std::string&, const caf::error&)> died;

  /// Null: restarts are not shown.
  metric_registry* metrics = nullptr;

  /// Write all rows before the end.
  bool flush_on_stop = false;
};

/// The SUPERVISOR. Starts the flow; ends and starts it again, from the last
/// committed snapshot, when any of its actors dies; stops it in order.
///
/// Spawned by: runtime, detached.
/// Sends to: every actor of the flow, exits; MQTT_SOURCE, JOURNAL_KEEPER and
/// SNAPSHOTTER what a stop needs.
/// Blocks: while the flow starts.
/// Stops: after `stop`, by EXIT.
class supervisor_state {
public:
  using handle = supervisor_actor;

  static inline const char* name = "supervisor";

  explicit supervisor_state(supervisor_actor::pointer self) : self_{self} {
    // nop
  }

  supervisor_actor::behavior_type make_behavior(supervisor_settings settings);

private:
  enum class phase {
    /// Until the delay before the next start is over.
    waiting,
    /// The flow runs.
    running,
    /// One actor died; the others are ending.
    ending,
    /// A stop was requested.
    stopping,
    stopped,
  };

  void start();

  /// An exception is an error, too.
  caf::expected<started_flow> try_start();

  void retry(const std::string& why);
  void wait(std::chrono::steady_clock::duration delay, const std::string& why);
  void down(const caf::down_msg& x);
  void end_all(bool those_that_stay);
  void all_ended();

  /// Names the death that the others followed, and counts it.
  void conclude();
  void stop_intake();
  void flush();
  void take_snapshot();
  void say(const std::string& state);

  supervisor_actor::pointer self_;
  supervisor_settings settings_;
  phase phase_ = phase::waiting;
  std::chrono::steady_clock::time_point due_;
  backoff backoff_;

  /// An actor that ended while the flow ran, by itself or because of another.
  struct death {
    std::string who;
    caf::error why;
    bool stays = false;
  };
  std::vector<death> deaths_;

  started_flow flow_;

  /// Distinguishes answers of this flow from those of an earlier one.
  uint64_t generation_ = 0;

  std::map<std::string, counter> restarts_;
  std::vector<caf::typed_response_promise<caf::ok_atom>> stoppers_;
};

} // namespace rrdflow

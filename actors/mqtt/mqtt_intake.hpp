#pragma once

#include "actors/base/node_queue.hpp"
#include "actors/mqtt/mqtt_routes.hpp"
#include "actors/mqtt/mqtt_sink.hpp"
#include "actors/mqtt/mqtt_sockets.hpp"
#include "messages/request.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// Where the broker (mosquitto, EMQX) says how many messages it threw away
/// since it started, for any client.
inline constexpr const char* dropped_messages_topic
  = "$SYS/broker/publish/messages/dropped";

/// Where it says what it is.
inline constexpr const char* broker_version_topic = "$SYS/broker/version";

/// Hands messages from paho's receiving thread to the sink, and those for
/// JANITOO_NODE to its line.
///
/// A message is acknowledged when the callback returns, and paho 1.2.0 has no
/// way to prevent that but one: a message that must not be acknowledged ends
/// the connection before the callback returns, so that the acknowledgement
/// cannot be sent. Without a connection to end the callback never returns.
class mqtt_intake {
public:
  /// @param line may be null
  explicit mqtt_intake(std::shared_ptr<message_sink> sink,
                       std::shared_ptr<node_queue> line = nullptr)
    : sink_{std::move(sink)}, line_{std::move(line)} {
    // nop
  }

  /// Called in paho's receiving thread.
  void receive(const incoming_message& x) noexcept;

  /// From here on no message is taken, and none is acknowledged. Does not wait
  /// for a call of the sink that goes on.
  void close() noexcept;

  /// The sockets of the connection that messages will come from now.
  void connection(std::vector<socket_mark> xs);

  /// What the sink and JANITOO_NODE want. Tells, too, whether what the broker
  /// says of itself may be meant for the sink although it has no identifier.
  /// Any thread.
  void filters(const std::vector<subscription>& xs,
               const std::vector<subscription>& node);

  /// `n` filters were asked for; the broker's answers are counted until all of
  /// them are in. Any thread.
  void asked(size_t n) noexcept;
  void answered() noexcept;

  /// There is no subscription on the connection that comes now. Any thread.
  void unsubscribed() noexcept {
    subscribed_ = false;
  }

  /// The broker has answered for all filters since `unsubscribed`.
  bool subscribed() const noexcept {
    return subscribed_;
  }

  /// Messages that the sink threw at and that were given up.
  uint64_t errors() const noexcept {
    return errors_;
  }

  /// Whether a message waits because there is no memory to take it.
  bool starved() const noexcept {
    return starved_;
  }

  /// What the broker said last on `dropped_messages_topic`; negative: nothing.
  int64_t dropped() const noexcept {
    return dropped_;
  }

  /// What the broker said on `broker_version_topic`; empty: nothing.
  std::string broker_version() const;

  /// The topic and the text of the last exception of the sink.
  std::string last_error() const;

private:
  bool offer(const incoming_message& x) noexcept;
  bool share(const incoming_message& x) noexcept;
  bool only_noted(const incoming_message& x) noexcept;
  bool end_connection() noexcept;
  void note_error(const incoming_message& x, std::string_view what) noexcept;
  void note(std::string& where, std::string_view what) noexcept;

  std::shared_ptr<message_sink> sink_;
  std::shared_ptr<node_queue> line_;
  mqtt_routes routes_;
  std::atomic<bool> closed_{false};
  std::atomic<bool> system_topics_wanted_{false};
  std::atomic<size_t> open_answers_{0};
  std::atomic<bool> subscribed_{false};
  std::atomic<uint64_t> errors_{0};
  std::atomic<bool> starved_{false};
  std::atomic<int64_t> dropped_{-1};
  mutable std::mutex mutex_;
  std::vector<socket_mark> sockets_;
  std::string last_error_;
  std::string broker_version_;
};

} // namespace rrdflow

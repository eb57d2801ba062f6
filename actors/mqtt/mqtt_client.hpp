#pragma once

#include "actors/base/metrics.hpp"
#include "actors/mqtt/mqtt_session.hpp"
#include "actors/mqtt/mqtt_settings.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow {

enum class mqtt_link : uint8_t { down, connecting, up, ended };

/// What the broker is asked for.
struct mqtt_filters {
  std::vector<subscription> rules;

  /// Of JANITOO_NODE; may hold some of `rules`.
  std::vector<subscription> node;

  /// The broker may hold these, though they are not wanted.
  std::vector<subscription> unwanted;

  /// Identifiers outside are not of this store.
  std::pair<uint32_t, uint32_t> given{1, 0xffffffff};
};

/// What waits to be published, bounded, and its counters. Not synchronized.
class publish_queue {
public:
  using message = std::pair<std::string, std::string>;

  static constexpr size_t max_messages = 2000;

  /// Bytes of topics and payloads, unless it is a single message.
  static constexpr size_t max_size = 8 << 20;

  explicit publish_queue(metric_registry* metrics);

  bool empty() const {
    return waiting_.empty();
  }

  /// Drops and counts what is too much.
  void put(std::string topic, std::string payload);

  /// @pre `!empty()`
  message take();

  /// Puts back what was taken last.
  void put_back(message x);

  /// What was taken is published, or is not.
  void done() {
    published_.add();
  }

  void drop() {
    dropped_.add();
  }

  void drop_all();

private:
  std::deque<message> waiting_;
  size_t size_ = 0;
  counter published_;
  counter dropped_;
};

/// One connection to one broker, by paho-mqtt-cpp.
///
/// No member blocks, whatever paho does: while the sink keeps a message back,
/// every call of paho would block, so all calls of paho are made by a thread of
/// its own. That thread and paho's keep the client alive until they end, maybe
/// longer than its owner does.
///
/// All members may be called from any thread.
class mqtt_client {
public:
  /// Makes a client whose thread runs until `stop` or `cut`, one of which must
  /// be called.
  static std::shared_ptr<mqtt_client>
  start(const mqtt_settings& settings, std::shared_ptr<message_sink> sink);

  /// As `start` does, without the thread.
  mqtt_client(const mqtt_settings& settings,
              std::shared_ptr<message_sink> sink);

  /// Connects, if the link is down. Ends in one of the events connected,
  /// unreachable and refused.
  void connect();

  /// Subscribes to what is wanted and then, when the broker has answered for
  /// all of it, unsubscribes the rest, so that a topic that stays wanted is
  /// subscribed at any time; now and at every connect.
  void want(mqtt_filters x);

  /// Publishes at QoS 0. Dropped and counted unless the link is up, and when
  /// too much waits.
  void publish(std::string topic, std::string payload);

  /// Begins to end the connection in good order; the session stays. Later the
  /// link is `ended`, unless a message is stalled.
  void stop();

  /// No message is taken from now on, and none is acknowledged. Does not wait
  /// for the end of the connection.
  void cut();

  mqtt_link state() const;

  /// The link is up, and the broker has answered for all that was wanted when
  /// it came up: what is published now comes back to a matching filter.
  bool subscribed() const;

  /// What happened since the last call, in order: all kinds but unanswered,
  /// subscribed and disconnected.
  std::vector<mqtt_event> events();

  const mqtt_intake& intake() const {
    return intake_;
  }

private:
  bool is_cut() const;
  using kind = mqtt_event::kind;

  // In paho's threads.
  void on_event(mqtt_event x);
  void down(mqtt_event why);
  void note(mqtt_event x);

  // In the thread that calls paho.
  void run();
  bool work();
  void connect_now();
  void subscribe_now(const mqtt_filters& x, uintptr_t round);
  void unsubscribe_now(const mqtt_filters& x);
  bool publish_waits() const;
  void publish_next();
  void end();

  /// Holds the registry, too: the metrics live as long as the client.
  mqtt_settings settings_;

  mqtt_intake intake_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  mqtt_link link_ = mqtt_link::down;
  bool subscribed_ = false;
  std::vector<mqtt_event> events_;
  mqtt_filters filters_;
  publish_queue queue_;

  /// Why there is no session.
  std::string broken_;

  // What the thread has to do.
  bool connect_ = false;
  bool subscribe_ = false;
  bool retry_ = false;
  bool unsubscribe_ = false;

  /// Counts how often the broker was asked.
  uintptr_t round_ = 0;
  bool stop_ = false;

  /// Nothing is left to wait for before the end.
  bool disconnected_ = false;

  bool cut_ = false;

  computed_metric connected_metric_;

  /// Its callbacks use the other members.
  std::unique_ptr<mqtt_session> session_;
};

} // namespace rrdflow

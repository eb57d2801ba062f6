#pragma once

#include "actors/base/metrics.hpp"
#include "actors/base/node_queue.hpp"
#include "messages/request.hpp"

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rrdflow {

/// Subscription identifiers of a message at most; more are left out.
inline constexpr size_t max_identifiers = 64;

/// A message as the broker delivers it. The views are valid during the call.
struct incoming_message {
  std::string_view topic;
  std::string_view payload;

  /// Sent because it was retained, in answer to a subscription.
  bool retained = false;

  /// Sent before, and not acknowledged then.
  bool duplicate = false;

  /// Subscription identifiers, at most `max_identifiers`; none on MQTT 3.1.1.
  const uint32_t* identifiers = nullptr;
  size_t identifier_count = 0;
};

/// Takes the messages that MQTT_SOURCE receives.
class message_sink {
public:
  virtual ~message_sink() = default;

  /// Returns true once the message is safe: it is acknowledged then. Blocks
  /// while it cannot be taken, and returns false if the process stops
  /// meanwhile: the broker keeps the message then. Runs in paho's one receiving
  /// thread; must not call paho.
  virtual bool take(const incoming_message& x) = 0;
};

// -- routes -------------------------------------------------------------------

/// What a message is for.
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

/// Those of the node's filters that are to be subscribed besides the rules'.
/// Without identifiers, a filter that a rule covers is left out: its messages
/// come anyway, and would come twice.
std::vector<subscription>
besides(const std::vector<subscription>& rules,
        const std::vector<subscription>& node, bool identifiers);

/// Those of the filters that are to be subscribed if a broker may send a copy
/// for each filter, without a word of whose it is: all but those that another
/// one covers, `refused` ones apart.
std::vector<subscription> widest(const std::vector<subscription>& filters,
                                 const std::set<std::string>& refused);

// -- copies -------------------------------------------------------------------

/// What the session at the broker may hold.
struct session_filters {
  /// The rules', in any order.
  std::vector<subscription> wanted;

  /// Not wanted, and not yet confirmed to be gone.
  std::vector<subscription> held;

  /// Identifiers outside are not of this store: what brings them is never
  /// unsubscribed.
  std::pair<uint32_t, uint32_t> given{1, 0xffffffff};
};

/// Finds messages that a broker sends twice because a filter that is no longer
/// wanted and one that is match the topic: the DECODER cannot tell which of
/// these are alone.
///
/// Operation: such copies come one behind the other on one connection, with
/// different identifiers. A copy under the wanted filter is found behind one
/// under the other only while the broker holds both filters, and if no equal
/// message came before that: otherwise it may be another message with the same
/// content. In doubt a message counts twice.
/// Concurrency: `set` and `gone` any thread, the others one.
class copy_finder {
public:
  void set(session_filters x);

  /// The broker no longer holds this filter.
  void gone(const std::string& filter);

  /// Whether `x` is another copy of a message that counts.
  /// @pre each message that was taken was given, in order
  bool is_copy(const incoming_message& x);

  /// The message before does not count after all.
  void forget() noexcept {
    identifiers_.clear();
  }

private:
  struct content {
    session_filters filters;

    /// Identifiers of `filters.wanted`, in ascending order.
    std::vector<uint32_t> wanted;

    bool has_wanted(const std::vector<uint32_t>& identifiers) const;

    /// Whether the broker sends all messages of these identifiers still.
    bool sends(const std::vector<uint32_t>& identifiers) const;

    /// Whether the oldest wanted filter that matches the topic is among them.
    bool has_own(std::string_view topic,
                 const std::vector<uint32_t>& identifiers) const;
  };

  std::shared_ptr<const content> current() const;

  mutable std::mutex mutex_;
  std::shared_ptr<const content> content_ = std::make_shared<content>();

  // The message before, if it has identifiers.
  std::string topic_;
  std::string payload_;
  std::vector<uint32_t> identifiers_;
  bool counts_ = false;

  /// The one before that was another one.
  bool first_ = false;

  std::vector<uint32_t> now_;
};

// -- sockets ------------------------------------------------------------------

/// A socket of this process; the inode tells whether the descriptor still
/// means the same one.
struct socket_mark {
  int descriptor = -1;
  ino_t inode = 0;
};

/// All sockets of this process that are connected to `port` somewhere.
std::vector<socket_mark> sockets_to(uint16_t port);

/// Those of `now` that are not among `before`.
std::vector<socket_mark> added(const std::vector<socket_mark>& before,
                               const std::vector<socket_mark>& now);

// -- intake -------------------------------------------------------------------

/// Where the broker (mosquitto, EMQX) says how many messages it dropped since
/// it started, for any client.
inline constexpr const char* dropped_messages_topic
  = "$SYS/broker/publish/messages/dropped";

/// Where it says what it is.
inline constexpr const char* broker_version_topic = "$SYS/broker/version";

/// Hands messages from paho's receiving thread to the sink, and those for
/// JANITOO_NODE to its queue.
///
/// A message is acknowledged when the callback returns, and paho 1.2.0 has no
/// way to prevent that but one: a message that must not be acknowledged ends
/// the connection before the callback returns, so that the acknowledgement
/// cannot be sent. Without a connection to end the callback never returns.
class mqtt_intake {
public:
  /// @param node may be null
  /// @param metrics may be null
  explicit mqtt_intake(std::shared_ptr<message_sink> sink,
                       std::shared_ptr<node_queue> node = nullptr,
                       metric_registry* metrics = nullptr);

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
  void filters(session_filters x, const std::vector<subscription>& node);

  /// The broker no longer holds this filter. Any thread.
  void gone(const std::string& filter) {
    copies_.gone(filter);
  }

  /// Messages that the sink threw at and that were given up.
  uint64_t errors() const noexcept {
    return errors_.value();
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
  bool is_about_broker(const incoming_message& x) noexcept;
  bool end_connection() noexcept;
  void note(std::string& where, std::string_view what,
            std::string_view more = {}) noexcept;

  std::shared_ptr<message_sink> sink_;
  std::shared_ptr<node_queue> node_;
  mqtt_routes routes_;
  copy_finder copies_;
  std::atomic<bool> closed_{false};
  std::atomic<bool> system_topics_wanted_{false};
  std::atomic<bool> starved_{false};
  std::atomic<int64_t> dropped_{-1};
  mutable std::mutex mutex_;
  std::vector<socket_mark> sockets_;
  std::string last_error_;
  std::string broker_version_;
  counter errors_;
  computed_metric dropped_metric_;
};

} // namespace rrdflow

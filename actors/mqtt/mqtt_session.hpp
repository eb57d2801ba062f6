#pragma once

#include "actors/mqtt/broker_limits.hpp"
#include "actors/mqtt/mqtt_intake.hpp"
#include "actors/mqtt/mqtt_settings.hpp"

#include <mqtt/async_client.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow {

/// Something that happened to the connection.
struct mqtt_event {
  enum class kind : uint8_t {
    /// The broker accepted the connection; `facts` says whether it has the
    /// session.
    connected,
    /// The broker did not answer.
    unreachable,
    /// The broker answered, and refused the connection, or ended it for another
    /// client of the same name.
    refused,
    /// The connection is gone.
    lost,
    /// The broker has answered for all filters that were asked for.
    subscribed,
    /// The broker will not do what is needed; `text` says what and why.
    warning,
    /// The broker refused a filter, or to let go of it; `text` names it.
    subscribe_refused,
    /// The broker was not asked for a filter, or did not answer: to be tried
    /// again.
    unanswered,
    /// The broker no longer holds the filter that `text` is.
    unsubscribed,
    /// What `disconnect` began is over.
    disconnected,
  };

  kind what = kind::lost;
  std::string text;

  /// If `connected`.
  broker_facts facts;

  /// If `subscribed`: that of the call of `subscribe`.
  uintptr_t round = 0;
};

/// Owns the paho client, and knows its traps. Every member may throw paho's
/// exceptions and may block while a message is stalled.
///
/// @note all calls come from one thread; callbacks run in paho's.
class mqtt_session {
public:
  /// @param report runs in paho's threads; must not block
  /// @pre `intake` outlives the session
  mqtt_session(const mqtt_settings& settings, mqtt_intake& intake,
               std::function<void(mqtt_event)> report);

  ~mqtt_session();

  mqtt_session(const mqtt_session&) = delete;
  mqtt_session& operator=(const mqtt_session&) = delete;

  /// Ends in `connected`, `unreachable` or `refused`.
  void connect();

  /// Subscribes to the rules' filters, at QoS 0 to those of JANITOO_NODE, and
  /// to what the broker says of itself. Ends in `subscribed`, if it is not
  /// called again before; or in `unanswered`.
  /// @param round a number for this call
  ///
  /// Without identifiers a broker may send a copy for each filter, and nothing
  /// tells whose it is: filters that another one covers are left out then.
  void subscribe(uintptr_t round, std::vector<subscription> xs,
                 const std::vector<subscription>& node);
  void unsubscribe(const std::string& filter);

  /// Those of the filters that `subscribe` leaves out.
  std::vector<std::string> left_out(const std::vector<subscription>& xs) const;

  /// Publishes at QoS 0, not retained. False: too much waits inside paho, try
  /// again later.
  bool publish(const std::string& topic, const std::string& payload);

  /// Ends the connection; the broker keeps the session.
  void disconnect();

private:
  static constexpr int unsubscribing = -1;

  /// Calls one of two functions when an action of paho is over. Must live as
  /// long as the client.
  class listener : public mqtt::iaction_listener {
  public:
    std::function<void(const mqtt::token&)> success;

    /// Gets the broker's number, or 0, and paho's words.
    std::function<void(const mqtt::token&, int code, std::string reason)>
      failure;

    void on_success(const mqtt::token& x) override;
    void on_failure(const mqtt::token& x) override;
  };

  void make_options(const mqtt_settings& settings);
  void make_tls_options();
  void install_callbacks();
  void receive(const mqtt::message& x);
  void connected(const mqtt::connect_response& x);
  void not_connected(int code, std::string reason);
  void subscribe(const subscription& x, int qos);
  bool has_identifiers() const;
  std::set<std::string> refused() const;
  void refuse(const std::string& filter);

  /// Of a subscription with that QoS, or `unsubscribing`.
  listener& listener_of(const std::string& filter, int qos);

  /// The broker has answered for one of the filters of that `round_`.
  void answered(uintptr_t round);
  static uintptr_t round_of(const mqtt::token& x);

  bool is_v5() const {
    return version_ == 5;
  }

  mqtt_intake& intake_;
  std::function<void(mqtt_event)> report_;
  int version_;
  int qos_;
  broker_address address_;
  tls_config tls_files_;

  /// Look for the broker before paho does: see broker_probe.
  std::atomic<bool> probe_first_{false};

  /// Seconds. A broker may want less, which paho passes over: then it holds
  /// from the next connection on.
  std::atomic<int> keep_alive_{20};

  /// Whether the broker takes subscription identifiers.
  std::atomic<bool> identifiers_{true};

  mutable std::mutex answers_mutex_;

  /// Of the last call of `subscribe`: a broker may answer an earlier one
  /// meanwhile.
  uintptr_t round_ = 0;

  /// Filters that were asked for in this round and are not answered.
  size_t open_answers_ = 0;

  /// Some filters were not asked for in this round: others cover them.
  bool leaves_out_ = false;

  /// Filters that the broker refused on this connection.
  std::set<std::string> refused_;

  unsigned attempts_ = 0;
  std::vector<socket_mark> sockets_before_;

  /// What OpenSSL said during the last attempt to connect.
  std::mutex tls_mutex_;
  std::string tls_error_;

  /// Its copies inside paho point at it.
  mqtt::ssl_options tls_;

  /// Copies lose the MQTT 5 properties unless the original stays.
  mqtt::connect_options options_;

  listener connect_listener_;
  listener disconnect_listener_;
  std::map<std::pair<int, std::string>, listener> listeners_;

  /// The last member: its callbacks use the others.
  std::unique_ptr<mqtt::async_client> client_;
};

} // namespace rrdflow

#pragma once

#include "actors/mqtt/broker_facts.hpp"
#include "actors/mqtt/mqtt_intake.hpp"
#include "actors/mqtt/mqtt_settings.hpp"

#include <mqtt/async_client.h>

#include <functional>
#include <map>
#include <string>
#include <utility>

namespace rrdflow {

/// What an mqtt_session reports, in paho's threads. Calls must not block.
struct mqtt_session_events {
  std::function<void(const broker_facts&)> connected;
  std::function<void(bool answered, std::string reason)> failed;
  std::function<void(bool thrown_out, std::string reason)> lost;
  std::function<void(std::string filter, std::string reason)> refused;

  /// The broker holds the filter, but delivers at this QoS, which is less than
  /// we asked for.
  std::function<void(std::string filter, int qos)> lowered;

  /// The broker was not asked, or did not answer: to be tried again.
  std::function<void()> unanswered;

  std::function<void(std::string filter)> unsubscribed;
  std::function<void()> ended;
};

/// Owns the paho client, and knows its traps. Every member may throw paho's
/// exceptions and may block while a message is stalled.
///
/// @note all calls come from one thread; callbacks run in paho's.
class mqtt_session {
public:
  mqtt_session(const mqtt_settings& settings, mqtt_intake& intake,
               mqtt_session_events events);

  ~mqtt_session();

  mqtt_session(const mqtt_session&) = delete;
  mqtt_session& operator=(const mqtt_session&) = delete;

  /// Ends in `connected` or `failed`.
  void connect();

  /// Subscribes to the rules' filters, at QoS 0 to those of JANITOO_NODE, and
  /// to what the broker tells of itself.
  void subscribe(const std::vector<subscription>& xs,
                 const std::vector<subscription>& node);
  void unsubscribe(const std::string& filter);

  /// Publishes at QoS 0, not retained. False: too much waits inside paho, try
  /// again later.
  bool publish(const std::string& topic, const std::string& payload);

  /// Keeps the session at the broker.
  void disconnect();

private:
  static constexpr int unsubscribing = -1;

  /// Calls one of two functions when an action of paho is over. Must live as
  /// long as the client.
  class listener : public mqtt::iaction_listener {
  public:
    std::function<void(const mqtt::token&)> success;
    std::function<void(int code, std::string reason)> failure;

    void on_success(const mqtt::token& x) override;
    void on_failure(const mqtt::token& x) override;
  };

  void make_options(const mqtt_settings& settings);
  void install_callbacks();
  void subscribe(const subscription& x, int qos);

  /// Of a subscription with that QoS, or `unsubscribing`.
  listener& listener_of(const std::string& filter, int qos);

  bool is_v5() const {
    return version_ == 5;
  }

  mqtt_intake& intake_;
  mqtt_session_events events_;
  int version_;
  int qos_;
  broker_address address_;
  tls_config tls_files_;

  /// Look for the broker before we ask paho, which needs a second to find out
  /// that nobody is there, and does not say why.
  std::atomic<bool> look_first_{false};

  /// Seconds. A broker may want less, which paho passes over: then it holds
  /// from the next connection on.
  std::atomic<int> keep_alive_{20};

  /// Whether the broker takes subscription identifiers.
  std::atomic<bool> identifiers_{true};

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

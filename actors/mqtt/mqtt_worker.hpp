#pragma once

#include "actors/mqtt/mqtt_event.hpp"
#include "actors/mqtt/mqtt_intake.hpp"
#include "actors/mqtt/mqtt_outbox.hpp"
#include "actors/mqtt/mqtt_session.hpp"
#include "actors/mqtt/mqtt_settings.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace rrdflow {

/// The thread that calls paho, and what it shares with paho's threads. Lives
/// until both are done with it, maybe longer than its mqtt_client, whose
/// members these are.
class mqtt_worker : public std::enable_shared_from_this<mqtt_worker> {
public:
  mqtt_worker(const mqtt_settings& settings,
              std::shared_ptr<message_sink> sink);

  void start();
  void connect();
  void want(mqtt_filters x);
  void publish(std::string topic, std::string payload);
  void stop();
  void cut();

  mqtt_link state() const;
  std::vector<mqtt_event> events();
  uint64_t published() const;
  uint64_t unpublished() const;

  const mqtt_intake& intake() const {
    return intake_;
  }

private:
  using kind = mqtt_event::kind;

  // In paho's threads.
  void add(kind what, std::string text);
  void down(kind what, std::string text);
  mqtt_session_events make_events();

  // In the thread that calls paho.
  void run();
  bool work();
  void connect_now();
  void subscribe_now(const mqtt_filters& x);
  bool publish_waits() const;
  void publish_next();
  void end();

  mqtt_settings settings_;
  mqtt_intake intake_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  mqtt_link link_ = mqtt_link::down;
  std::vector<mqtt_event> events_;
  mqtt_filters filters_;
  mqtt_outbox outbox_;

  /// Why there is no session.
  std::string broken_;

  // What the thread has to do.
  bool connect_ = false;
  bool subscribe_ = false;
  bool retry_ = false;
  bool stop_ = false;

  /// Nothing is left to wait for before the end.
  bool disconnected_ = false;

  /// Its callbacks use the other members.
  std::unique_ptr<mqtt_session> session_;
};

} // namespace rrdflow

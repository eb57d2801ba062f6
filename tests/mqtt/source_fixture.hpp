#pragma once

#include "actors/mqtt/mqtt_source.hpp"
#include "tests/mqtt/mosquitto.hpp"
#include "tests/spawn_state.hpp"
#include "tests/test.hpp"

#include <caf/scoped_actor.hpp>

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

namespace rrdflow::test {

/// Keeps what it takes.
class recording_sink : public message_sink {
public:
  using observer = std::function<void(const incoming_message&)>;

  /// Calls `before` first, with every message.
  explicit recording_sink(observer before = {}) : before_{std::move(before)} {
    // nop
  }

  bool take(const incoming_message& x) override {
    if (before_)
      before_(x);
    std::unique_lock<std::mutex> guard{mutex_};
    ++calls_;
    changed_.wait(guard, [this] { return !stalled_ || stopped_; });
    if (stopped_)
      return false;
    std::string line{x.topic};
    for (size_t i = 0; i < x.identifier_count; ++i)
      line += '#' + std::to_string(x.identifiers[i]);
    taken_.push_back(line + (x.retained ? "! " : " ") + std::string{x.payload});
    return true;
  }

  /// Holds every message back until `go_on`, or for ever.
  void stall() {
    std::lock_guard<std::mutex> guard{mutex_};
    stalled_ = true;
  }

  void go_on() {
    std::lock_guard<std::mutex> guard{mutex_};
    stalled_ = false;
    changed_.notify_all();
  }

  /// Takes nothing any more.
  void stop() {
    std::lock_guard<std::mutex> guard{mutex_};
    stopped_ = true;
    changed_.notify_all();
  }

  std::vector<std::string> taken() const {
    std::lock_guard<std::mutex> guard{mutex_};
    return taken_;
  }

  size_t calls() const {
    std::lock_guard<std::mutex> guard{mutex_};
    return calls_;
  }

private:
  const observer before_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stalled_ = false;
  bool stopped_ = false;
  size_t calls_ = 0;
  std::vector<std::string> taken_;
};

/// Runs MQTT_SOURCE in a real actor system against a real broker.
struct source_fixture {
  using strings = std::vector<std::string>;

  source_fixture() {
    settings.client_id = "source-test";
    settings.table
      = *subscription_table::open(folder.path() + "/subscriptions");
  }

  ~source_fixture() {
    for (auto& x : sinks)
      x->stop();
    for (auto& x : sources)
      self->send_exit(x, caf::exit_reason::user_shutdown);
    for (auto& x : sources)
      self->wait_for(x);
  }

  /// Starts a source that wants these filters; `sink` is its sink.
  mqtt_source_actor
  start(const strings& filters, recording_sink::observer before = {}) {
    sink = std::make_shared<recording_sink>(std::move(before));
    sinks.push_back(sink);
    auto wanted = settings.table->wanted(filters);
    settings.metrics = std::make_shared<metric_registry>();
    sources.push_back(test::spawn_state<mqtt_source_state, caf::detached>(
      sys, settings, sink, *wanted));
    shown.emplace(sources.back(), settings.metrics);
    return sources.back();
  }

  /// Stops a source; false if it did not answer in time.
  bool stop(const mqtt_source_actor& x) {
    auto result = false;
    self->request(x, std::chrono::seconds(10), atom::stop_v)
      .receive([&](caf::ok_atom) { result = true; }, [](caf::error&) {});
    self->send_exit(x, caf::exit_reason::user_shutdown);
    return result;
  }

  /// What /metrics shows of a source.
  double metric(const mqtt_source_actor& x, const std::string& name) {
    return shown.at(x)->sum(name);
  }

  bool up(const mqtt_source_actor& x) {
    return eventually([&] { return metric(x, "mqtt_connected") == 1; });
  }

  /// Waits until the broker has the subscriptions: a message "?" with that
  /// topic comes through. More of them may come later.
  bool subscribed(uint16_t port, const std::string& topic) {
    return eventually([&] {
      mqtt_probe{port}.publish(topic, "?");
      return !sink->taken().empty();
    });
  }

  temporary_folder folder;
  mqtt_settings settings;
  config cfg;
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys};
  std::shared_ptr<recording_sink> sink;
  std::vector<std::shared_ptr<recording_sink>> sinks;
  std::vector<mqtt_source_actor> sources;
  std::map<mqtt_source_actor, std::shared_ptr<metric_registry>> shown;
};

/// With a broker of its own.
struct broker_fixture : source_fixture {
  broker_fixture() {
    settings.mqtt.broker = broker.address();
  }

  bool publish(const std::string& topic, const std::string& payload,
               bool retain = false) {
    return mqtt_probe{broker.port()}.publish(topic, payload, retain);
  }

  /// How often the sink took this.
  size_t count(const std::string& line) {
    auto xs = sink->taken();
    return static_cast<size_t>(std::count(xs.begin(), xs.end(), line));
  }

  bool arrives(const std::string& line) {
    return eventually([&] { return count(line) > 0; });
  }

  mosquitto broker;
};

} // namespace rrdflow::test

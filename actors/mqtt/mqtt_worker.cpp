#include "actors/mqtt/mqtt_worker.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

namespace rrdflow {

using namespace std::chrono_literals;

namespace {

/// For what is to be published when we stop.
constexpr auto publish_limit = 500ms;

} // namespace

mqtt_worker::mqtt_worker(const mqtt_settings& settings,
                         std::shared_ptr<message_sink> sink)
  : settings_{settings}, intake_{std::move(sink), settings.line} {
  // nop
}

void mqtt_worker::start() {
  std::thread{[self = shared_from_this()] { self->run(); }}.detach();
}

void mqtt_worker::connect() {
  std::lock_guard<std::mutex> guard{mutex_};
  if (link_ != mqtt_link::down || stop_)
    return;
  link_ = mqtt_link::connecting;
  connect_ = true;
  changed_.notify_one();
}

void mqtt_worker::want(mqtt_filters x) {
  std::lock_guard<std::mutex> guard{mutex_};
  intake_.filters(x.rules, x.node);
  filters_ = std::move(x);
  subscribe_ = true;
  changed_.notify_one();
}

void mqtt_worker::publish(std::string topic, std::string payload) {
  std::lock_guard<std::mutex> guard{mutex_};
  if (link_ != mqtt_link::up || stop_) {
    outbox_.drop();
    return;
  }
  outbox_.put(std::move(topic), std::move(payload));
  changed_.notify_one();
}

uint64_t mqtt_worker::published() const {
  std::lock_guard<std::mutex> guard{mutex_};
  return outbox_.published();
}

uint64_t mqtt_worker::unpublished() const {
  std::lock_guard<std::mutex> guard{mutex_};
  return outbox_.dropped();
}

void mqtt_worker::stop() {
  std::lock_guard<std::mutex> guard{mutex_};
  stop_ = true;
  changed_.notify_one();
}

void mqtt_worker::cut() {
  stop();
  intake_.close();
  std::lock_guard<std::mutex> guard{mutex_};
  disconnected_ = true;
  changed_.notify_one();
}

mqtt_link mqtt_worker::state() const {
  std::lock_guard<std::mutex> guard{mutex_};
  return link_;
}

std::vector<mqtt_event> mqtt_worker::events() {
  std::lock_guard<std::mutex> guard{mutex_};
  return std::exchange(events_, {});
}

// -- in paho's threads ------------------------------------------------------

void mqtt_worker::add(kind what, std::string text) {
  // Nobody asks when the actor hangs: then the first are worth more.
  if (events_.size() < 10000)
    events_.push_back({what, std::move(text)});
}

void mqtt_worker::down(kind what, std::string text) {
  std::lock_guard<std::mutex> guard{mutex_};
  if (link_ == mqtt_link::down || link_ == mqtt_link::ended)
    return;
  link_ = mqtt_link::down;
  outbox_.drop_all();
  add(what, std::move(text));
  disconnected_ = true;
  changed_.notify_one();
}

mqtt_session_events mqtt_worker::make_events() {
  mqtt_session_events result;
  result.connected = [this](const broker_facts& facts) {
    std::lock_guard<std::mutex> guard{mutex_};
    link_ = mqtt_link::up;
    subscribe_ = true;
    add(facts.session_present ? kind::connected : kind::connected_anew, "");
    for (auto& x : warnings(facts, settings_.mqtt, filters_.rules.size()))
      add(kind::warning, std::move(x));
    changed_.notify_one();
  };
  result.failed = [this](bool answered, std::string reason) {
    down(answered ? kind::refused : kind::unreachable, std::move(reason));
  };
  result.lost = [this](bool thrown_out, std::string reason) {
    down(thrown_out ? kind::refused : kind::lost, std::move(reason));
  };
  result.refused = [this](std::string filter, std::string reason) {
    std::lock_guard<std::mutex> guard{mutex_};
    add(kind::subscribe_refused, filter + ": " + reason);
  };
  result.lowered = [this](std::string filter, int qos) {
    std::lock_guard<std::mutex> guard{mutex_};
    add(kind::warning,
        "the broker delivers " + filter + " at QoS " + std::to_string(qos)
          + " only"
          + (qos == 0 ? ": what comes while we are away is lost (mosquitto: "
                        "max_qos)"
                      : ""));
  };
  result.unanswered = [this] {
    std::lock_guard<std::mutex> guard{mutex_};
    retry_ = true;
  };
  result.unsubscribed = [this](std::string filter) {
    std::lock_guard<std::mutex> guard{mutex_};
    auto& xs = filters_.unwanted;
    auto i = std::find(xs.begin(), xs.end(), filter);
    if (i != xs.end())
      xs.erase(i);
    add(kind::unsubscribed, std::move(filter));
  };
  result.ended = [this] {
    std::lock_guard<std::mutex> guard{mutex_};
    disconnected_ = true;
    changed_.notify_one();
  };
  return result;
}

// -- in the thread that calls paho ------------------------------------------

void mqtt_worker::run() {
  try {
    session_
      = std::make_unique<mqtt_session>(settings_, intake_, make_events());
  } catch (const std::exception& e) {
    std::lock_guard<std::mutex> guard{mutex_};
    link_ = mqtt_link::connecting;
    broken_ = e.what();
  }
  while (work())
    ; // nop
  end();
}

/// Does what is asked for; returns false if that is to stop.
bool mqtt_worker::work() {
  std::unique_lock<std::mutex> guard{mutex_};
  changed_.wait_for(guard, 1s, [this] {
    return stop_ || connect_
           || (link_ == mqtt_link::up && (subscribe_ || !outbox_.empty()));
  });
  if (stop_)
    return false;
  if (connect_) {
    connect_ = false;
    disconnected_ = false;
    guard.unlock();
    connect_now();
  } else if (link_ == mqtt_link::up && (subscribe_ || retry_)) {
    subscribe_ = false;
    retry_ = false;
    auto filters = filters_;
    guard.unlock();
    subscribe_now(filters);
  } else if (link_ == mqtt_link::up && !outbox_.empty()) {
    guard.unlock();
    publish_next();
  }
  return true;
}

void mqtt_worker::connect_now() {
  if (!session_) {
    down(kind::refused, broken_);
    return;
  }
  try {
    session_->connect();
  } catch (const std::exception& e) {
    down(kind::unreachable, e.what());
  }
}

void mqtt_worker::subscribe_now(const mqtt_filters& x) {
  try {
    for (auto& y : x.unwanted)
      session_->unsubscribe(y);
    session_->subscribe(x.rules, x.node);
  } catch (const std::exception&) {
    std::lock_guard<std::mutex> guard{mutex_};
    retry_ = true;
  }
}

bool mqtt_worker::publish_waits() const {
  std::lock_guard<std::mutex> guard{mutex_};
  return link_ == mqtt_link::up && !outbox_.empty();
}

/// Waits a moment if paho has too much to do.
void mqtt_worker::publish_next() {
  std::unique_lock<std::mutex> guard{mutex_};
  if (link_ != mqtt_link::up || outbox_.empty())
    return;
  auto next = outbox_.take();
  guard.unlock();
  auto taken = false;
  auto failed = false;
  try {
    taken = session_->publish(next.first, next.second);
  } catch (const std::exception&) {
    failed = true;
  }
  guard.lock();
  if (taken)
    outbox_.done();
  else if (failed || link_ != mqtt_link::up)
    outbox_.drop();
  else
    outbox_.put_back(std::move(next));
  if (!taken && !failed)
    changed_.wait_for(guard, 20ms, [this] { return disconnected_; });
}

void mqtt_worker::end() {
  if (session_ && state() == mqtt_link::up) {
    try {
      auto limit = std::chrono::steady_clock::now() + publish_limit;
      while (publish_waits() && std::chrono::steady_clock::now() < limit)
        publish_next();
      session_->disconnect();
      std::unique_lock<std::mutex> guard{mutex_};
      changed_.wait_for(guard, 5s, [this] { return disconnected_; });
    } catch (const std::exception&) {
      // Not connected any more.
    }
  }
  intake_.close();
  session_.reset();
  std::lock_guard<std::mutex> guard{mutex_};
  link_ = mqtt_link::ended;
  add(kind::ended, "");
}

} // namespace rrdflow

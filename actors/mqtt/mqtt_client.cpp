#include "actors/mqtt/mqtt_client.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

namespace rrdflow {

using namespace std::chrono_literals;

namespace {

/// For what is to be published when the client stops.
constexpr auto drain_timeout = 2s;

/// Events that wait for the actor. If it hangs, the first are worth more.
constexpr size_t max_events = 10000;

} // namespace

// -- publish_queue ------------------------------------------------------------

publish_queue::publish_queue(metric_registry* metrics)
  : published_{metrics, {"mqtt_published_total", "Messages published."}},
    dropped_{
      metrics,
      {"mqtt_unpublished_total",
       "Messages dropped instead of published: no connection, or too many."}} {
  // nop
}

void publish_queue::put(std::string topic, std::string payload) {
  auto size = topic.size() + payload.size();
  if (waiting_.size() >= max_messages
      || (!empty() && size_ + size > max_size)) {
    drop();
    return;
  }
  size_ += size;
  waiting_.emplace_back(std::move(topic), std::move(payload));
}

publish_queue::message publish_queue::take() {
  auto result = std::move(waiting_.front());
  waiting_.pop_front();
  size_ -= result.first.size() + result.second.size();
  return result;
}

void publish_queue::put_back(message x) {
  size_ += x.first.size() + x.second.size();
  waiting_.push_front(std::move(x));
}

void publish_queue::drop_all() {
  dropped_.add(waiting_.size());
  waiting_.clear();
  size_ = 0;
}

// -- mqtt_client --------------------------------------------------------------

std::shared_ptr<mqtt_client>
mqtt_client::start(const mqtt_settings& settings,
                   std::shared_ptr<message_sink> sink) {
  auto result = std::make_shared<mqtt_client>(settings, std::move(sink));
  std::thread{[result] { result->run(); }}.detach();
  return result;
}

mqtt_client::mqtt_client(const mqtt_settings& settings,
                         std::shared_ptr<message_sink> sink)
  : settings_{settings}, intake_{std::move(sink), settings.node,
                                 settings.metrics.get()},
    queue_{settings.metrics.get()},
    connected_metric_{settings.metrics.get(),
                      {"mqtt_connected",
                       "1 while connected to the broker and subscribed."},
                      [this] { return subscribed() ? 1.0 : 0.0; }} {
  // nop
}

void mqtt_client::connect() {
  std::lock_guard<std::mutex> guard{mutex_};
  if (link_ != mqtt_link::down || stop_)
    return;
  link_ = mqtt_link::connecting;
  connect_ = true;
  changed_.notify_one();
}

void mqtt_client::want(mqtt_filters x) {
  std::lock_guard<std::mutex> guard{mutex_};
  intake_.filters({x.rules, x.unwanted, x.given}, x.node);
  filters_ = std::move(x);
  subscribe_ = true;
  changed_.notify_one();
}

void mqtt_client::publish(std::string topic, std::string payload) {
  std::lock_guard<std::mutex> guard{mutex_};
  if (link_ != mqtt_link::up || stop_) {
    queue_.drop();
    return;
  }
  queue_.put(std::move(topic), std::move(payload));
  changed_.notify_one();
}

void mqtt_client::stop() {
  std::lock_guard<std::mutex> guard{mutex_};
  stop_ = true;
  changed_.notify_one();
}

void mqtt_client::cut() {
  {
    std::lock_guard<std::mutex> guard{mutex_};
    cut_ = true;
    stop_ = true;
    disconnected_ = true;
    changed_.notify_one();
  }
  intake_.close();
}

bool mqtt_client::is_cut() const {
  std::lock_guard<std::mutex> guard{mutex_};
  return cut_;
}

mqtt_link mqtt_client::state() const {
  std::lock_guard<std::mutex> guard{mutex_};
  return link_;
}

bool mqtt_client::subscribed() const {
  std::lock_guard<std::mutex> guard{mutex_};
  return link_ == mqtt_link::up && subscribed_;
}

std::vector<mqtt_event> mqtt_client::events() {
  std::lock_guard<std::mutex> guard{mutex_};
  return std::exchange(events_, {});
}

// -- in paho's threads --------------------------------------------------------

void mqtt_client::on_event(mqtt_event x) {
  std::lock_guard<std::mutex> guard{mutex_};
  switch (x.what) {
    case kind::connected: {
      link_ = mqtt_link::up;
      subscribe_ = true;
      auto facts = x.facts;
      note(std::move(x));
      for (auto& text : warnings(facts, settings_.mqtt, filters_.rules.size()))
        note({kind::warning, std::move(text), {}});
      break;
    }
    case kind::unreachable:
    case kind::refused:
    case kind::lost:
      down(std::move(x));
      break;
    case kind::subscribed:
      // What is wanted may have changed since that question.
      if (x.round != round_)
        break;
      subscribed_ = true;
      unsubscribe_ = !subscribe_ && !retry_;
      break;
    case kind::unanswered:
      retry_ = true;
      break;
    case kind::unsubscribed: {
      intake_.gone(x.text);
      auto& xs = filters_.unwanted;
      auto i = std::find_if(xs.begin(), xs.end(),
                            [&x](auto& y) { return y.filter == x.text; });
      if (i == xs.end())
        break;
      xs.erase(i);
      note(std::move(x));
      break;
    }
    case kind::disconnected:
      disconnected_ = true;
      break;
    case kind::warning:
    case kind::subscribe_refused:
      note(std::move(x));
      break;
  }
  changed_.notify_one();
}

/// The connection is gone, or did not come up. @pre the mutex is held
void mqtt_client::down(mqtt_event why) {
  if (link_ == mqtt_link::down || link_ == mqtt_link::ended)
    return;
  link_ = mqtt_link::down;
  queue_.drop_all();
  note(std::move(why));
  disconnected_ = true;
}

/// Keeps an event for `events`. @pre the mutex is held
void mqtt_client::note(mqtt_event x) {
  if (events_.size() < max_events)
    events_.push_back(std::move(x));
}

// -- in the thread that calls paho --------------------------------------------

void mqtt_client::run() {
  try {
    session_ = std::make_unique<mqtt_session>(
      settings_, intake_, [this](mqtt_event x) { on_event(std::move(x)); });
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
bool mqtt_client::work() {
  std::unique_lock<std::mutex> guard{mutex_};
  changed_.wait_for(guard, 1s, [this] {
    return stop_ || connect_
           || (link_ == mqtt_link::up
               && (subscribe_ || unsubscribe_ || !queue_.empty()));
  });
  if (stop_)
    return false;
  if (connect_) {
    connect_ = false;
    disconnected_ = false;
    subscribed_ = false;
    guard.unlock();
    connect_now();
  } else if (link_ == mqtt_link::up && (subscribe_ || retry_)) {
    subscribe_ = false;
    retry_ = false;
    unsubscribe_ = false;
    auto round = ++round_;
    auto filters = filters_;
    guard.unlock();
    subscribe_now(filters, round);
  } else if (link_ == mqtt_link::up && unsubscribe_) {
    unsubscribe_ = false;
    auto filters = filters_;
    guard.unlock();
    unsubscribe_now(filters);
  } else if (link_ == mqtt_link::up && !queue_.empty()) {
    guard.unlock();
    publish_next();
  }
  return true;
}

void mqtt_client::connect_now() {
  if (!session_) {
    on_event({kind::refused, broken_, {}});
    return;
  }
  try {
    session_->connect();
  } catch (const std::exception& e) {
    on_event({kind::unreachable, e.what(), {}});
  }
}

void mqtt_client::subscribe_now(const mqtt_filters& x, uintptr_t round) {
  try {
    session_->subscribe(round, x.rules, x.node);
  } catch (const std::exception&) {
    on_event({kind::unanswered, {}, {}});
  }
}

void mqtt_client::unsubscribe_now(const mqtt_filters& x) {
  try {
    for (auto& y : x.unwanted)
      session_->unsubscribe(y.filter);
    // An earlier version or configuration may have subscribed to them.
    for (auto& y : session_->left_out(x.rules))
      session_->unsubscribe(y);
  } catch (const std::exception&) {
    on_event({kind::unanswered, {}, {}});
  }
}

bool mqtt_client::publish_waits() const {
  std::lock_guard<std::mutex> guard{mutex_};
  return link_ == mqtt_link::up && !queue_.empty();
}

/// Waits a moment if paho has too much to do.
void mqtt_client::publish_next() {
  std::unique_lock<std::mutex> guard{mutex_};
  if (link_ != mqtt_link::up || queue_.empty())
    return;
  auto next = queue_.take();
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
    queue_.done();
  else if (failed || link_ != mqtt_link::up)
    queue_.drop();
  else
    queue_.put_back(std::move(next));
  if (!taken && !failed)
    changed_.wait_for(guard, 20ms, [this] { return disconnected_; });
}

void mqtt_client::end() {
  // One that was cut must not end in good order: the broker would not publish
  // the will.
  if (session_ && state() == mqtt_link::up && !is_cut()) {
    try {
      auto limit = std::chrono::steady_clock::now() + drain_timeout;
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
}

} // namespace rrdflow

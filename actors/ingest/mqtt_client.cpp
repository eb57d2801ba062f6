#include "actors/ingest/mqtt_client.hpp"

#include "actors/ingest/mqtt_session.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace rrdflow {

using namespace std::chrono_literals;

/// The thread that calls paho, and what it shares with paho's threads. Lives
/// until both are done with it, maybe longer than its mqtt_client.
class mqtt_client::worker : public std::enable_shared_from_this<worker> {
public:
  using kind = mqtt_event::kind;

  worker(const mqtt_settings& settings, std::shared_ptr<message_sink> sink)
    : settings_{settings}, intake_{std::move(sink)} {
    // nop
  }

  void start() {
    std::thread{[self = shared_from_this()] { self->run(); }}.detach();
  }

  void connect() {
    std::lock_guard<std::mutex> guard{mutex_};
    if (link_ != link::down || stop_)
      return;
    link_ = link::connecting;
    connect_ = true;
    changed_.notify_one();
  }

  void
  want(std::vector<subscription> wanted, std::vector<std::string> unwanted) {
    std::lock_guard<std::mutex> guard{mutex_};
    intake_.filters(wanted);
    wanted_ = std::move(wanted);
    unwanted_ = std::move(unwanted);
    subscribe_ = true;
    changed_.notify_one();
  }

  void stop() {
    std::lock_guard<std::mutex> guard{mutex_};
    stop_ = true;
    changed_.notify_one();
  }

  void cut() {
    stop();
    intake_.close();
    std::lock_guard<std::mutex> guard{mutex_};
    disconnected_ = true;
    changed_.notify_one();
  }

  link state() const {
    std::lock_guard<std::mutex> guard{mutex_};
    return link_;
  }

  std::vector<mqtt_event> events() {
    std::lock_guard<std::mutex> guard{mutex_};
    return std::exchange(events_, {});
  }

  const mqtt_intake& intake() const {
    return intake_;
  }

private:
  // -- in paho's threads ------------------------------------------------------

  void add(kind what, std::string text) {
    // Nobody asks when the actor hangs: then the first are worth more.
    if (events_.size() < 10000)
      events_.push_back({what, std::move(text)});
  }

  void down(kind what, std::string text) {
    std::lock_guard<std::mutex> guard{mutex_};
    if (link_ == link::down || link_ == link::ended)
      return;
    link_ = link::down;
    add(what, std::move(text));
    disconnected_ = true;
    changed_.notify_one();
  }

  mqtt_session_events make_events() {
    mqtt_session_events result;
    result.connected = [this](const broker_facts& facts) {
      std::lock_guard<std::mutex> guard{mutex_};
      link_ = link::up;
      subscribe_ = true;
      add(facts.session_present ? kind::connected : kind::connected_anew, "");
      for (auto& x : warnings(facts, settings_.mqtt, wanted_.size()))
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
      auto i = std::find(unwanted_.begin(), unwanted_.end(), filter);
      if (i != unwanted_.end())
        unwanted_.erase(i);
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

  void run() {
    try {
      session_
        = std::make_unique<mqtt_session>(settings_, intake_, make_events());
    } catch (const std::exception& e) {
      std::lock_guard<std::mutex> guard{mutex_};
      link_ = link::connecting;
      broken_ = e.what();
    }
    while (work())
      ; // nop
    end();
  }

  /// Does what is asked for; returns false if that is to stop.
  bool work() {
    std::unique_lock<std::mutex> guard{mutex_};
    changed_.wait_for(guard, 1s, [this] {
      return stop_ || connect_ || (subscribe_ && link_ == link::up);
    });
    if (stop_)
      return false;
    if (connect_) {
      connect_ = false;
      disconnected_ = false;
      guard.unlock();
      connect_now();
    } else if (link_ == link::up && (subscribe_ || retry_)) {
      subscribe_ = false;
      retry_ = false;
      auto wanted = wanted_;
      auto unwanted = unwanted_;
      guard.unlock();
      subscribe_now(wanted, unwanted);
    }
    return true;
  }

  void connect_now() {
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

  void subscribe_now(const std::vector<subscription>& wanted,
                     const std::vector<std::string>& unwanted) {
    try {
      for (auto& x : unwanted)
        session_->unsubscribe(x);
      session_->subscribe(wanted);
    } catch (const std::exception&) {
      std::lock_guard<std::mutex> guard{mutex_};
      retry_ = true;
    }
  }

  void end() {
    if (session_ && state() == link::up) {
      try {
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
    link_ = link::ended;
    add(kind::ended, "");
  }

  mqtt_settings settings_;
  mqtt_intake intake_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  link link_ = link::down;
  std::vector<mqtt_event> events_;
  std::vector<subscription> wanted_;
  std::vector<std::string> unwanted_;

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

mqtt_client::mqtt_client(const mqtt_settings& settings,
                         std::shared_ptr<message_sink> sink)
  : worker_{std::make_shared<worker>(settings, std::move(sink))} {
  worker_->start();
}

mqtt_client::~mqtt_client() {
  worker_->cut();
}

void mqtt_client::connect() {
  worker_->connect();
}

void mqtt_client::want(std::vector<subscription> wanted,
                       std::vector<std::string> unwanted) {
  worker_->want(std::move(wanted), std::move(unwanted));
}

void mqtt_client::stop() {
  worker_->stop();
}

void mqtt_client::cut() {
  worker_->cut();
}

mqtt_client::link mqtt_client::state() const {
  return worker_->state();
}

bool mqtt_client::subscribed() const {
  return state() == link::up && worker_->intake().subscribed();
}

std::vector<mqtt_event> mqtt_client::events() {
  return worker_->events();
}

uint64_t mqtt_client::callback_errors() const {
  return worker_->intake().errors();
}

std::string mqtt_client::last_callback_error() const {
  return worker_->intake().last_error();
}

int64_t mqtt_client::dropped_by_broker() const {
  return worker_->intake().dropped();
}

std::string mqtt_client::broker_version() const {
  return worker_->intake().broker_version();
}

} // namespace rrdflow

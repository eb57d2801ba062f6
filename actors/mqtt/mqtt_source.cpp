#include "actors/mqtt/mqtt_source.hpp"

#include "actors/base/printable.hpp"
#include "actors/mqtt/broker_limits.hpp"
#include "messages/error.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace rrdflow {

using namespace std::chrono_literals;

mqtt_source_state::counters::counters(metric_registry* registry)
  : reconnects{registry,
               {"mqtt_reconnects_total", "Connections after the first."}},
    refused_subscriptions{registry,
                          {"mqtt_subscriptions_refused_total",
                           "Topic filters that the broker refused."}},
    sessions_lost{registry,
                  {"mqtt_sessions_lost_total",
                   "Connections to a broker that no longer had the session."}} {
  // nop
}

mqtt_source_state::~mqtt_source_state() {
  if (client_)
    client_->cut();
}

mqtt_source_actor::behavior_type
mqtt_source_state::make_behavior(mqtt_settings settings,
                                 std::shared_ptr<message_sink> sink,
                                 std::vector<subscription> wanted) {
  settings_ = std::move(settings);
  counters_.emplace(settings_.metrics.get());
  client_ = mqtt_client::start(settings_, std::move(sink));
  want(std::move(wanted));
  if (settings_.mqtt.version != 5 && settings_.mqtt.qos == 2)
    spdlog::warn("mqtt: QoS 2 is not safe on MQTT 3.1.1; subscribing with 1");
  self_->send(self_, atom::tick_v);
  return {
    [this](atom::tick) {
      self_->delayed_send(self_, stopping_ ? 20ms : tick_interval,
                          atom::tick_v);
      tick();
    },
    [this](atom::resume) {
      backoff_.reset();
      tick();
    },
    [this](atom::subscribe, std::vector<subscription>& xs) {
      want(std::move(xs));
    },
    [this](atom::publish, std::string& topic, std::string& payload) {
      client_->publish(std::move(topic), std::move(payload));
    },
    [this](atom::stop) {
      auto promise = self_->make_response_promise<caf::ok_atom>();
      stop_promises_.push_back(promise);
      if (!stopping_) {
        stopping_ = true;
        stop_deadline_ = self_->clock().now() + stop_limit;
        client_->stop();
        self_->send(self_, atom::tick_v);
      }
      return promise;
    },
  };
}

void mqtt_source_state::tick() {
  auto now = self_->clock().now();
  for (auto& x : client_->events())
    apply(x, now);
  check_intake();
  check_broker(now);
  link_node();
  if (stopping_)
    check_stop(now);
  else if (client_->state() == mqtt_link::down && backoff_.due(now))
    client_->connect();
}

/// Logs what keeps messages from being taken.
void mqtt_source_state::check_intake() {
  if (auto n = client_->intake().errors(); n != callback_errors_) {
    spdlog::error("mqtt: gave up {} messages that could not be taken: {}",
                  n - callback_errors_,
                  printable(client_->intake().last_error()));
    callback_errors_ = n;
  }
  if (auto x = client_->intake().starved(); x != starved_) {
    if (x)
      spdlog::error("mqtt: a message waits: no memory");
    else
      spdlog::info("mqtt: there is memory again");
    starved_ = x;
  }
}

void mqtt_source_state::apply(const mqtt_event& x, time_point now) {
  auto text = printable(x.text);
  auto& broker = settings_.mqtt.broker.text;
  switch (x.what) {
    case mqtt_event::kind::connected:
      connected(!x.facts.session_present, now);
      break;
    case mqtt_event::kind::warning:
      if (warned_.size() < 20 && warned_.insert(x.text).second)
        spdlog::warn("mqtt: {}: {}", broker, text);
      break;
    case mqtt_event::kind::unreachable:
      backoff_.unreachable(now);
      if (may_log("unreachable", now, text))
        spdlog::warn("mqtt: cannot reach {}: {}", broker, text);
      break;
    case mqtt_event::kind::refused:
      backoff_.refused(now);
      if (may_log("refused", now, text))
        spdlog::error("mqtt: {} refuses the connection: {}", broker, text);
      break;
    case mqtt_event::kind::lost:
      backoff_.lost(now);
      if (auto n = backoff_.short_lives(); n >= mqtt_backoff::many_short_lives)
        text += ", " + std::to_string(n)
                + " times soon after connecting; does another client use our "
                  "client_id?";
      if (may_log("lost", now, text))
        spdlog::warn("mqtt: lost the connection to {}: {}", broker, text);
      break;
    case mqtt_event::kind::subscribe_refused:
      counters_->refused_subscriptions.add();
      if (may_log("filter " + x.text, now, text))
        spdlog::error("mqtt: {} refuses the subscription {}", broker, text);
      break;
    case mqtt_event::kind::unsubscribed:
      spdlog::info("mqtt: unsubscribed from {}", text);
      if (settings_.table)
        if (auto err = settings_.table->unsubscribed(x.text))
          spdlog::error("mqtt: {}", explain(err));
      break;
    default:
      break;
  }
}

void mqtt_source_state::connected(bool anew, time_point now) {
  auto& broker = settings_.mqtt.broker.text;
  std::string more;
  if (may_log("connected", now, more))
    spdlog::info("mqtt: connected to {}, {}{}", broker,
                 anew ? "with a new session" : "it kept our session", more);
  more.clear();
  if (anew && (connects_ > 0 || settings_.known_to_broker)) {
    counters_->sessions_lost.add();
    if (may_log("session", now, more))
      spdlog::warn("mqtt: {} no longer has our session: what came while we "
                   "were away is lost, unless broker or client_id are new "
                   "(mosquitto: persistence, autosave_interval, "
                   "persistent_client_expiration){}",
                   broker, more);
  }
  if (++connects_ > 1)
    counters_->reconnects.add();
  linked_ = false;
  backoff_.connected(now);
  // The next trouble of the connection is worth a line at once, unless there is
  // no end of it.
  if (backoff_.short_lives() >= mqtt_backoff::many_short_lives)
    return;
  for (auto i = throttles_.begin(); i != throttles_.end();)
    i = i->first == "session" || i->first == "dropped" ? std::next(i)
                                                       : throttles_.erase(i);
}

/// Logs what the broker says of itself, if it costs messages.
void mqtt_source_state::check_broker(time_point now) {
  auto& broker = settings_.mqtt.broker.text;
  auto version = client_->intake().broker_version();
  if (settings_.limits_unknown && !version.empty()) {
    settings_.limits_unknown = false;
    spdlog::info("mqtt: {} is {}; {}", broker, printable(version),
                 general_advice());
  }
  auto dropped = client_->intake().dropped();
  if (dropped < 0)
    return;
  // After a restart it counts from zero.
  dropped_logged_ = std::min(dropped_logged_, dropped);
  auto news = dropped - dropped_logged_;
  std::string more;
  if (news > 0 && may_log("dropped", now, more)) {
    spdlog::warn("mqtt: {} says that it has dropped {} messages, {} since its "
                 "start, for us or for others (mosquitto: max_queued_messages, "
                 "max_queued_bytes)",
                 broker, news, dropped);
    dropped_logged_ = dropped;
  }
}

/// Tells JANITOO_NODE whether requests reach it; called on every (re)connect.
void mqtt_source_state::link_node() {
  auto up = client_->subscribed();
  if (!settings_.node || up == linked_)
    return;
  linked_ = up;
  settings_.node->link(up);
}

void mqtt_source_state::want(std::vector<subscription> wanted) {
  mqtt_filters filters;
  filters.rules = std::move(wanted);
  if (settings_.table) {
    filters.node = settings_.table->also_wanted();
    filters.unwanted = settings_.table->held();
    filters.given = settings_.table->given();
  }
  client_->want(std::move(filters));
}

void mqtt_source_state::check_stop(time_point now) {
  if (stop_promises_.empty())
    return;
  if (client_->state() != mqtt_link::ended) {
    if (now < stop_deadline_)
      return;
    spdlog::warn("mqtt: cut the connection, it did not end in time");
    client_->cut();
  }
  for (auto& x : std::exchange(stop_promises_, {}))
    x.deliver(caf::ok_atom_v);
}

bool mqtt_source_state::may_log(const std::string& kind, time_point now,
                                std::string& text) {
  // Bounds the memory for filters that are refused.
  if (throttles_.size() > 1000)
    throttles_.clear();
  auto& throttle = throttles_.try_emplace(kind, 60s).first->second;
  if (!throttle.admit(now))
    return false;
  if (auto held = throttle.take_held(); held > 0)
    text += " (" + std::to_string(held) + " times before)";
  return true;
}

} // namespace rrdflow

#include "actors/mqtt/mqtt_session.hpp"

#include "actors/mqtt/mqtt_answers.hpp"
#include "actors/mqtt/mqtt_options.hpp"
#include "actors/mqtt/tls_check.hpp"
#include "messages/error.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <stdexcept>

namespace rrdflow {

namespace {

/// paho notes each call of its own functions in a ring of trace entries that
/// nobody reads, which takes a sixth of what a message costs; errors only is
/// the least that can be had. Whoever sets paho's own variable wants the trace.
void quieten_trace() {
  if (std::getenv("MQTT_C_CLIENT_TRACE") == nullptr)
    ::MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_ERROR);
}

} // namespace

void mqtt_session::listener::on_success(const mqtt::token& x) {
  try {
    success(x);
  } catch (...) {
    // nop
  }
}

void mqtt_session::listener::on_failure(const mqtt::token& x) {
  try {
    auto [code, reason] = outcome(x);
    failure(code, std::move(reason));
  } catch (...) {
    // nop
  }
}

mqtt_session::mqtt_session(const mqtt_settings& settings, mqtt_intake& intake,
                           mqtt_session_events events)
  : intake_{intake}, events_{std::move(events)},
    version_{settings.mqtt.version == 5 ? 5 : 4}, qos_{settings.mqtt.qos} {
  // On MQTT 3.1.1 a message of QoS 2 is acknowledged before it is delivered.
  if (!is_v5())
    qos_ = std::min(qos_, 1);
  address_ = settings.mqtt.broker;
  look_first_ = address_.secure();
  quieten_trace();
  mqtt::create_options created{version_ == 5 ? MQTTVERSION_5
                                             : MQTTVERSION_3_1_1};
  client_ = std::make_unique<mqtt::async_client>(
    address_.uri(), settings.client_id, created, nullptr);
  // paho C keeps books of its memory from its first client to the end of its
  // last, and frees nothing that is not in them.
  make_options(settings);
  install_callbacks();
}

mqtt_session::~mqtt_session() {
  // Ahead of the client's end; see the constructor.
  options_.set_properties({});
}

void mqtt_session::make_options(const mqtt_settings& settings) {
  fill(options_, settings, is_v5());
  if (address_.secure()) {
    auto& tls = settings.mqtt.tls;
    tls_files_ = tls;
    if (!tls.ca_file.empty())
      tls_.set_trust_store(tls.ca_file);
    if (!tls.certificate_file.empty())
      tls_.set_key_store(tls.certificate_file);
    if (!tls.key_file.empty())
      tls_.set_private_key(tls.key_file);
    tls_.set_enable_server_cert_auth(true);
    tls_.set_verify(true);
    tls_.set_error_handler([this](const std::string& text) {
      std::lock_guard<std::mutex> guard{tls_mutex_};
      // "ID:error:NUMBER:library:function:reason:file:line:".
      if (tls_error_.empty())
        tls_error_ = text.substr(0, text.find_last_not_of("\r\n") + 1);
    });
    options_.set_ssl(tls_);
  }
}

void mqtt_session::install_callbacks() {
  client_->set_message_callback([this](mqtt::const_message_ptr x) {
    constexpr size_t max_identifiers = 64;
    uint32_t identifiers[max_identifiers];
    auto& topic = x->get_topic();
    auto& payload = x->get_payload();
    incoming_message y{topic, payload, x->is_retained(), x->is_duplicate(),
                       identifiers};
    auto& props = x->get_properties().c_struct();
    for (auto i = 0; i < props.count; ++i)
      if (props.array[i].identifier == MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIER
          && y.identifier_count < max_identifiers)
        identifiers[y.identifier_count++] = props.array[i].value.integer4;
    intake_.receive(y);
  });
  client_->set_connection_lost_handler([this](const std::string& cause) {
    look_first_ = true;
    events_.lost(false, cause.empty() ? "closed by the other side" : cause);
  });
  client_->set_disconnected_handler(
    [this](const mqtt::properties&, mqtt::ReasonCode code) {
      auto taken_over = code == mqtt::ReasonCode::SESSION_TAKEN_OVER;
      events_.lost(taken_over,
                   "the broker says: " + describe_answer(static_cast<int>(code))
                     + (taken_over ? " (another client uses our "
                                     "client_id)"
                                   : ""));
    });
  connect_listener_.success = [this](const mqtt::token& x) {
    intake_.connection(added(sockets_before_, sockets_to(address_.port)));
    auto facts = facts_of(x.get_connect_response());
    identifiers_ = facts.identifiers;
    if (facts.keep_alive && *facts.keep_alive > 0)
      keep_alive_ = std::min<int>(keep_alive_, *facts.keep_alive);
    events_.connected(facts);
  };
  connect_listener_.failure = [this](int code, std::string reason) {
    std::lock_guard<std::mutex> guard{tls_mutex_};
    look_first_ = true;
    if (is_answer(code))
      events_.failed(true, std::move(reason));
    else if (!tls_error_.empty())
      events_.failed(true, "TLS: " + tls_error_);
    else if (address_.secure())
      events_.failed(true, "the TLS handshake failed; the certificate is "
                           "perhaps not for "
                             + address_.host);
    else
      events_.failed(false, std::move(reason));
  };
  disconnect_listener_.success
    = [this](const mqtt::token&) { events_.ended(); };
  disconnect_listener_.failure = [this](int, std::string) { events_.ended(); };
}

void mqtt_session::connect() {
  using namespace std::chrono_literals;
  if (look_first_) {
    auto& host = address_.host;
    auto reason = why_unreachable(host, address_.port, 2s);
    if (!reason.empty()) {
      events_.failed(false, std::move(reason));
      return;
    }
    if (address_.secure())
      reason = why_no_tls(host, address_.port, tls_files_, 5s);
    if (!reason.empty()) {
      events_.failed(true, "TLS: " + reason);
      return;
    }
  }
  // Short, so that the SYN that finds the broker back is never far; long now
  // and then, for brokers that are far away.
  options_.set_keep_alive_interval(keep_alive_);
  options_.set_connect_timeout(++attempts_ % 4 == 0 ? 10s : 3s);
  {
    std::lock_guard<std::mutex> guard{tls_mutex_};
    tls_error_.clear();
  }
  intake_.connection({});
  intake_.unsubscribed();
  sockets_before_ = sockets_to(address_.port);
  client_->connect(options_, nullptr, connect_listener_);
}

mqtt_session::listener&
mqtt_session::listener_of(const std::string& filter, int qos) {
  auto i = listeners_.find({qos, filter});
  if (i != listeners_.end())
    return i->second;
  auto subscribes = qos >= 0;
  auto& result = listeners_[{qos, filter}];
  result.success = [this, filter, qos, subscribes](const mqtt::token& x) {
    // MQTT 5 calls the refusal of a subscription a success.
    auto code = reason_of(x.get_reason_code());
    if (subscribes) {
      auto response = x.get_subscribe_response();
      for (auto y : response.get_reason_codes())
        code = std::max(code, reason_of(y));
    }
    if (code >= 0x80)
      events_.refused(filter, describe_answer(code));
    else if (!subscribes)
      events_.unsubscribed(filter);
    else if (code < qos)
      events_.lowered(filter, code);
    if (subscribes)
      intake_.answered();
  };
  result.failure = [this, filter, subscribes](int code, std::string reason) {
    if (!is_answer(code)) {
      events_.unanswered();
      return;
    }
    events_.refused(filter, std::move(reason));
    if (subscribes)
      intake_.answered();
  };
  return result;
}

void mqtt_session::subscribe(const subscription& x, int qos) {
  mqtt::properties props;
  if (is_v5() && identifiers_)
    props.add(mqtt::property(mqtt::property::SUBSCRIPTION_IDENTIFIER,
                             static_cast<int32_t>(x.identifier)));
  client_->subscribe(x.filter, qos, nullptr, listener_of(x.filter, qos),
                     mqtt::subscribe_options{}, props);
}

void mqtt_session::subscribe(const std::vector<subscription>& xs,
                             const std::vector<subscription>& node) {
  auto more = besides(xs, node, is_v5() && identifiers_);
  intake_.asked(xs.size() + more.size());
  for (auto& x : xs)
    subscribe(x, qos_);
  for (auto& x : more)
    subscribe(x, 0);
  for (auto topic : {dropped_messages_topic, broker_version_topic}) {
    auto same = [&](auto& x) { return x.filter == topic; };
    // A second subscription to the same filter would replace the first.
    if (std::none_of(xs.begin(), xs.end(), same))
      client_->subscribe(topic, 0);
  }
}

void mqtt_session::unsubscribe(const std::string& filter) {
  client_->unsubscribe(filter, nullptr, listener_of(filter, unsubscribing));
}

bool mqtt_session::publish(const std::string& topic,
                           const std::string& payload) {
  try {
    client_->publish(topic, payload.data(), payload.size(), 0, false);
  } catch (const mqtt::exception& e) {
    if (e.get_return_code() != MQTTASYNC_MAX_BUFFERED_MESSAGES)
      throw;
    return false;
  }
  return true;
}

void mqtt_session::disconnect() {
  // Without an expiry of its own a DISCONNECT keeps that of the CONNECT.
  client_->disconnect(500, nullptr, disconnect_listener_);
}

} // namespace rrdflow

#include "actors/mqtt/mqtt_session.hpp"

#include "actors/mqtt/broker_probe.hpp"
#include "messages/error.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <limits>

namespace rrdflow {

using namespace std::chrono_literals;

namespace {

using kind = mqtt_event::kind;

constexpr int receive_maximum = 500;

/// Bytes of a PUBLISH besides topic and payload: header, lengths, identifiers.
constexpr uint64_t packet_overhead = 1024;

constexpr uint64_t max_topic = 65535;

/// The reasons of MQTT 5 begin here, those of 3.1.1 are below.
constexpr int first_v5_reason = 0x80;

/// paho notes each call of its own functions in a ring of trace entries, which
/// takes a sixth of what a message costs; errors only is the least that can be
/// had. paho's own variable switches the trace on.
void quieten_trace() {
  if (std::getenv("MQTT_C_CLIENT_TRACE") == nullptr)
    ::MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_ERROR);
}

// -- answers ------------------------------------------------------------------

/// Whether a number of paho or MQTT is an answer of a broker.
bool is_answer(int code) {
  return code > 0;
}

/// What a number of a broker means.
std::string describe_answer(int code) {
  if (code >= first_v5_reason) {
    auto text = MQTTReasonCode_toString(static_cast<MQTTReasonCodes>(code));
    return text != nullptr ? text : "reason " + std::to_string(code);
  }
  switch (code) {
    case 1:
      return "Unacceptable protocol version";
    case 2:
      return "Client identifier not valid";
    case 3:
      return "Server unavailable";
    case 4:
      return "Bad user name or password";
    case 5:
      return "Not authorized";
    default:
      return "code " + std::to_string(code);
  }
}

/// The reason of MQTT 5; 0 on 3.1.1, which paho marks with a number of its own.
int reason_of(mqtt::ReasonCode x) {
  return x == mqtt::ReasonCode::MQTTPP_V3_CODE ? 0 : static_cast<int>(x);
}

/// What the broker said with its yes.
broker_facts facts_of(const mqtt::connect_response& x) {
  broker_facts result;
  result.session_present = x.is_session_present();
  auto& props = x.get_properties().c_struct();
  for (auto i = 0; i < props.count; ++i) {
    auto& value = props.array[i].value;
    switch (props.array[i].identifier) {
      case MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL:
        result.session_expiry = value.integer4;
        break;
      case MQTTPROPERTY_CODE_SERVER_KEEP_ALIVE:
        result.keep_alive = value.integer2;
        break;
      case MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIERS_AVAILABLE:
        result.identifiers = value.byte != 0;
        break;
      case MQTTPROPERTY_CODE_WILDCARD_SUBSCRIPTION_AVAILABLE:
        result.wildcards = value.byte != 0;
        break;
      default:
        break;
    }
  }
  return result;
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
    auto code = reason_of(x.get_reason_code());
    if (code < first_v5_reason)
      code = x.get_return_code();
    std::string text;
    try {
      const_cast<mqtt::token&>(x).try_wait();
    } catch (const std::exception& e) {
      text = e.what();
    }
    if (is_answer(code) || text.empty())
      text = describe_answer(code);
    failure(x, code, std::move(text));
  } catch (...) {
    // nop
  }
}

// -- construction -------------------------------------------------------------

mqtt_session::mqtt_session(const mqtt_settings& settings, mqtt_intake& intake,
                           std::function<void(mqtt_event)> report)
  : intake_{intake}, report_{std::move(report)},
    version_{settings.mqtt.version == 5 ? 5 : 4}, qos_{settings.mqtt.qos} {
  // On MQTT 3.1.1 a message of QoS 2 is acknowledged before it is delivered.
  if (!is_v5())
    qos_ = std::min(qos_, 1);
  address_ = settings.mqtt.broker;
  probe_first_ = address_.secure();
  quieten_trace();
  mqtt::create_options created{is_v5() ? MQTTVERSION_5 : MQTTVERSION_3_1_1};
  client_ = std::make_unique<mqtt::async_client>(
    address_.uri(), settings.client_id, created, nullptr);
  // paho C keeps track of its memory from its first client to the end of its
  // last, and frees nothing that it does not know: hence after the client.
  make_options(settings);
  if (address_.secure()) {
    tls_files_ = settings.mqtt.tls;
    make_tls_options();
  }
  install_callbacks();
}

mqtt_session::~mqtt_session() {
  // Ahead of the client's end; see the constructor.
  options_.set_properties({});
}

void mqtt_session::make_options(const mqtt_settings& settings) {
  options_.set_mqtt_version(is_v5() ? MQTTVERSION_5 : MQTTVERSION_3_1_1);
  options_.set_automatic_reconnect(false);
  if (!settings.will_topic.empty())
    options_.set_will(mqtt::will_options{settings.will_topic,
                                         std::string{"OFFLINE"}, 0, false});
  if (!settings.mqtt.username.empty())
    options_.set_user_name(settings.mqtt.username);
  if (!settings.password.empty())
    options_.set_password(settings.password);
  if (!is_v5()) {
    options_.set_clean_session(false);
    return;
  }
  options_.set_clean_start(false);
  constexpr uint64_t limit = std::numeric_limits<int32_t>::max();
  auto expiry = static_cast<uint64_t>(settings.mqtt.session_expiry.count());
  auto size = settings.max_payload + max_topic + packet_overhead;
  using mqtt::property;
  mqtt::properties props;
  props.add(property(property::SESSION_EXPIRY_INTERVAL,
                     static_cast<int32_t>(std::min(expiry, limit))));
  props.add(property(property::RECEIVE_MAXIMUM, receive_maximum));
  props.add(property(property::MAXIMUM_PACKET_SIZE,
                     static_cast<int32_t>(std::min(size, limit))));
  options_.set_properties(std::move(props));
}

void mqtt_session::make_tls_options() {
  auto& files = tls_files_;
  if (!files.ca_file.empty())
    tls_.set_trust_store(files.ca_file);
  if (!files.certificate_file.empty())
    tls_.set_key_store(files.certificate_file);
  if (!files.key_file.empty())
    tls_.set_private_key(files.key_file);
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

void mqtt_session::install_callbacks() {
  client_->set_message_callback(
    [this](const mqtt::const_message_ptr& x) { receive(*x); });
  client_->set_connection_lost_handler([this](const std::string& cause) {
    probe_first_ = true;
    report_(
      {kind::lost, cause.empty() ? "closed by the other side" : cause, {}});
  });
  client_->set_disconnected_handler(
    [this](const mqtt::properties&, mqtt::ReasonCode code) {
      auto taken_over = code == mqtt::ReasonCode::SESSION_TAKEN_OVER;
      report_({taken_over ? kind::refused : kind::lost,
               "the broker says: " + describe_answer(static_cast<int>(code))
                 + (taken_over ? " (another client uses our client_id)" : ""),
               {}});
    });
  connect_listener_.success
    = [this](const mqtt::token& x) { connected(x.get_connect_response()); };
  connect_listener_.failure
    = [this](const mqtt::token&, int code, std::string reason) {
        not_connected(code, std::move(reason));
      };
  disconnect_listener_.success = [this](const mqtt::token&) {
    report_({kind::disconnected, {}, {}});
  };
  disconnect_listener_.failure
    = [this](const mqtt::token&, int, const std::string&) {
        report_({kind::disconnected, {}, {}});
      };
}

// -- in paho's threads --------------------------------------------------------

void mqtt_session::receive(const mqtt::message& x) {
  uint32_t identifiers[max_identifiers];
  auto& topic = x.get_topic();
  auto& payload = x.get_payload();
  incoming_message y{topic, payload, x.is_retained(), x.is_duplicate(),
                     identifiers};
  auto& props = x.get_properties().c_struct();
  for (auto i = 0; i < props.count; ++i)
    if (props.array[i].identifier == MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIER
        && y.identifier_count < max_identifiers)
      identifiers[y.identifier_count++] = props.array[i].value.integer4;
  intake_.receive(y);
}

void mqtt_session::connected(const mqtt::connect_response& x) {
  intake_.connection(added(sockets_before_, sockets_to(address_.port)));
  auto facts = facts_of(x);
  identifiers_ = facts.identifiers;
  if (facts.keep_alive && *facts.keep_alive > 0)
    keep_alive_ = std::min<int>(keep_alive_, *facts.keep_alive);
  report_({kind::connected, {}, facts});
}

void mqtt_session::not_connected(int code, std::string reason) {
  probe_first_ = true;
  std::lock_guard<std::mutex> guard{tls_mutex_};
  auto answer = is_answer(code);
  if (!answer && !tls_error_.empty())
    reason = "TLS: " + tls_error_;
  else if (!answer && address_.secure())
    reason = "the TLS handshake failed; the certificate is perhaps not for "
             + address_.host;
  report_({answer || address_.secure() ? kind::refused : kind::unreachable,
           std::move(reason),
           {}});
}

/// That of the question which the token belongs to.
uintptr_t mqtt_session::round_of(const mqtt::token& x) {
  return reinterpret_cast<uintptr_t>(x.get_user_context());
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
    if (code >= first_v5_reason) {
      report_(
        {kind::subscribe_refused, filter + ": " + describe_answer(code), {}});
      if (subscribes)
        refuse(filter);
    } else if (!subscribes) {
      report_({kind::unsubscribed, filter, {}});
    } else if (code < qos) {
      report_({kind::warning,
               "the broker delivers " + filter + " at QoS "
                 + std::to_string(code) + " only"
                 + (code == 0 ? ": what comes while we are away is lost "
                                "(mosquitto: max_qos)"
                              : ""),
               {}});
    }
    if (subscribes)
      answered(round_of(x));
  };
  result.failure = [this, filter, subscribes](const mqtt::token& x, int code,
                                              std::string reason) {
    if (!is_answer(code)) {
      report_({kind::unanswered, {}, {}});
      return;
    }
    report_({kind::subscribe_refused, filter + ": " + reason, {}});
    if (!subscribes)
      return;
    refuse(filter);
    answered(round_of(x));
  };
  return result;
}

void mqtt_session::answered(uintptr_t round) {
  {
    std::lock_guard<std::mutex> guard{answers_mutex_};
    if (round != round_ || open_answers_ == 0 || --open_answers_ > 0)
      return;
  }
  report_({kind::subscribed, {}, {}, round});
}

/// What was left out for the filter has to be asked for after all.
void mqtt_session::refuse(const std::string& filter) {
  {
    std::lock_guard<std::mutex> guard{answers_mutex_};
    if (!refused_.insert(filter).second || !leaves_out_)
      return;
  }
  report_({kind::unanswered, {}, {}});
}

// -- in the calling thread ----------------------------------------------------

void mqtt_session::connect() {
  if (probe_first_) {
    auto& host = address_.host;
    auto reason = probe_tcp(host, address_.port, 2s);
    if (!reason.empty()) {
      report_({kind::unreachable, std::move(reason), {}});
      return;
    }
    if (address_.secure())
      reason = probe_tls(host, address_.port, tls_files_, 5s);
    if (!reason.empty()) {
      report_({kind::refused, "TLS: " + reason, {}});
      return;
    }
  }
  {
    std::lock_guard<std::mutex> guard{answers_mutex_};
    refused_.clear();
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
  sockets_before_ = sockets_to(address_.port);
  client_->connect(options_, nullptr, connect_listener_);
}

void mqtt_session::subscribe(const subscription& x, int qos) {
  mqtt::properties props;
  if (has_identifiers())
    props.add(mqtt::property(mqtt::property::SUBSCRIPTION_IDENTIFIER,
                             static_cast<int32_t>(x.identifier)));
  client_->subscribe(x.filter, qos, reinterpret_cast<void*>(round_),
                     listener_of(x.filter, qos), mqtt::subscribe_options{},
                     props);
}

bool mqtt_session::has_identifiers() const {
  return is_v5() && identifiers_;
}

std::set<std::string> mqtt_session::refused() const {
  std::lock_guard<std::mutex> guard{answers_mutex_};
  return refused_;
}

std::vector<std::string>
mqtt_session::left_out(const std::vector<subscription>& xs) const {
  std::vector<std::string> result;
  if (has_identifiers())
    return result;
  auto asked = widest(xs, refused());
  // Both are in the same order.
  auto i = asked.begin();
  for (auto& x : xs) {
    if (i != asked.end() && i->filter == x.filter)
      ++i;
    else
      result.push_back(x.filter);
  }
  return result;
}

void mqtt_session::subscribe(uintptr_t round, std::vector<subscription> xs,
                             const std::vector<subscription>& node) {
  auto all = xs.size();
  if (!has_identifiers())
    xs = widest(xs, refused());
  // Of several filters that match, the one of the lowest identifier counts: no
  // other one may be there before it.
  std::sort(xs.begin(), xs.end(),
            [](auto& x, auto& y) { return x.identifier < y.identifier; });
  auto more = besides(xs, node, has_identifiers());
  auto open = xs.size() + more.size();
  {
    std::lock_guard<std::mutex> guard{answers_mutex_};
    round_ = round;
    open_answers_ = open;
    leaves_out_ = xs.size() < all;
  }
  if (open == 0)
    report_({kind::subscribed, {}, {}, round});
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

#include "actors/mqtt/mqtt_answers.hpp"

#include <exception>

namespace rrdflow {

bool is_answer(int code) {
  return code > 0;
}

/// The numbers of MQTT 5 begin at 0x80, those of 3.1.1 are below.
std::string describe_answer(int code) {
  if (code >= 0x80) {
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

int reason_of(mqtt::ReasonCode x) {
  return x == mqtt::ReasonCode::MQTTPP_V3_CODE ? 0 : static_cast<int>(x);
}

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

std::pair<int, std::string> outcome(const mqtt::token& x) {
  auto code = reason_of(x.get_reason_code());
  if (code < 0x80)
    code = x.get_return_code();
  std::string text;
  try {
    const_cast<mqtt::token&>(x).try_wait();
  } catch (const std::exception& e) {
    text = e.what();
  }
  if (is_answer(code) || text.empty())
    text = describe_answer(code);
  return {code, text};
}

} // namespace rrdflow

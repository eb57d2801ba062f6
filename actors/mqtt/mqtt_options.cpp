#include "actors/mqtt/mqtt_options.hpp"

#include <algorithm>
#include <limits>

namespace rrdflow {

namespace {

constexpr int receive_maximum = 500;

/// Bytes of a PUBLISH besides topic and payload: header, lengths, identifiers.
constexpr uint64_t packet_overhead = 1024;

constexpr uint64_t max_topic = 65535;

} // namespace

void fill(mqtt::connect_options& options, const mqtt_settings& settings,
          bool v5) {
  options.set_mqtt_version(v5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1);
  options.set_automatic_reconnect(false);
  if (!settings.will_topic.empty())
    options.set_will(mqtt::will_options{settings.will_topic,
                                        std::string{"OFFLINE"}, 0, false});
  if (!settings.mqtt.username.empty())
    options.set_user_name(settings.mqtt.username);
  if (!settings.password.empty())
    options.set_password(settings.password);
  if (v5) {
    options.set_clean_start(false);
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
    options.set_properties(std::move(props));
  } else {
    options.set_clean_session(false);
  }
}

} // namespace rrdflow

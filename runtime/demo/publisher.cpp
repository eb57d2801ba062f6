#include "runtime/demo/publisher.hpp"

#include "messages/error.hpp"

#include <mqtt/async_client.h>

#include <chrono>

namespace rrdflow {

namespace {

/// More than paho can have on their way would be queued in memory.
constexpr int max_pending = 2000;

} // namespace

publisher::publisher(std::unique_ptr<mqtt::async_client> x)
  : client_{std::move(x)} {
  // nop
}

publisher::publisher(publisher&&) noexcept = default;

publisher::~publisher() = default;

caf::expected<publisher> publisher::connect(const std::string& address) {
  try {
    auto client = std::make_unique<mqtt::async_client>(
      address, "", mqtt::create_options(MQTTVERSION_3_1_1, max_pending),
      nullptr);
    mqtt::connect_options options;
    options.set_mqtt_version(MQTTVERSION_3_1_1);
    options.set_clean_session(true);
    options.set_automatic_reconnect(1, 5);
    options.set_max_inflight(max_pending);
    if (!client->connect(options)->wait_for(std::chrono::seconds{5}))
      return fail(ec::io_failed, address + ": no answer");
    return publisher{std::move(client)};
  } catch (const std::exception& x) {
    return fail(ec::io_failed, address + ": " + x.what());
  }
}

bool publisher::publish(const std::string& topic, const std::string& payload) {
  try {
    if (unwatched_ == 0) {
      if (client_->get_pending_delivery_tokens().size() >= max_pending / 2)
        return false;
      unwatched_ = 100;
    }
    --unwatched_;
    client_->publish(topic, payload.data(), payload.size(), 1, false);
    return true;
  } catch (const std::exception&) {
    return false; // the broker is away; the next message may find it back
  }
}

} // namespace rrdflow

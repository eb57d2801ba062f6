#include "runtime/demo/publisher.hpp"

#include "messages/error.hpp"

#include <mqtt/async_client.h>

#include <chrono>

namespace rrdflow {

namespace {

/// More than paho can have on their way would be queued in memory.
constexpr int max_pending = 2000;

} // namespace

struct publisher::client {
  explicit client(const std::string& address)
    : paho{address, "", mqtt::create_options(MQTTVERSION_3_1_1, max_pending),
           nullptr} {
    // nop
  }

  mqtt::async_client paho;

  /// Publications until the next look at what is pending, which is not cheap.
  unsigned unwatched = 0;
};

publisher::publisher(std::unique_ptr<client> x) : client_{std::move(x)} {
  // nop
}

publisher::publisher(publisher&&) noexcept = default;

publisher& publisher::operator=(publisher&&) noexcept = default;

publisher::~publisher() = default;

caf::expected<publisher> publisher::connect(const std::string& address) {
  try {
    auto result = std::make_unique<client>(address);
    mqtt::connect_options options;
    options.set_mqtt_version(MQTTVERSION_3_1_1);
    options.set_clean_session(true);
    options.set_automatic_reconnect(1, 5);
    options.set_max_inflight(max_pending);
    if (!result->paho.connect(options)->wait_for(std::chrono::seconds{5}))
      return fail(ec::io_failed, address + ": no answer");
    return publisher{std::move(result)};
  } catch (const std::exception& x) {
    return fail(ec::io_failed, address + ": " + x.what());
  }
}

bool publisher::publish(const std::string& topic, const std::string& payload) {
  try {
    if (client_->unwatched == 0) {
      if (pending() >= max_pending / 2)
        return false;
      client_->unwatched = 100;
    }
    --client_->unwatched;
    client_->paho.publish(topic, payload.data(), payload.size(), 1, false);
    return true;
  } catch (const std::exception&) {
    return false; // the broker is away; the next message may find it back
  }
}

size_t publisher::pending() const {
  return client_->paho.get_pending_delivery_tokens().size();
}

} // namespace rrdflow

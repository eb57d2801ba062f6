#pragma once

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <memory>
#include <string>

namespace mqtt {

class async_client;

} // namespace mqtt

namespace rrdflow {

/// Publishes messages at QoS 1 to a broker on loopback. One thread.
class publisher {
public:
  /// Connects; waits 5 seconds at most. `address` is e.g.
  /// "tcp://127.0.0.1:1883".
  static caf::expected<publisher> connect(const std::string& address);

  publisher(publisher&&) noexcept;
  ~publisher();

  /// Sends one message without waiting for its acknowledgement.
  /// @returns false if too many are on their way, or the broker is away.
  bool publish(const std::string& topic, const std::string& payload);

private:
  explicit publisher(std::unique_ptr<mqtt::async_client> x);

  std::unique_ptr<mqtt::async_client> client_;

  /// Publications until the next look at what is pending, which is not cheap.
  unsigned unwatched_ = 0;
};

} // namespace rrdflow

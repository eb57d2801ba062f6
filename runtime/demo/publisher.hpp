#pragma once

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace rrdflow {

/// Publishes messages at QoS 1 to a broker on loopback. One thread.
class publisher {
public:
  /// Connects; waits 5 seconds at most. `address` is e.g.
  /// "tcp://127.0.0.1:1883".
  static caf::expected<publisher> connect(const std::string& address);

  publisher(publisher&&) noexcept;
  publisher& operator=(publisher&&) noexcept;
  ~publisher();

  /// Sends one message without waiting for its acknowledgement.
  /// @returns false if too many are on their way, or the broker is away.
  bool publish(const std::string& topic, const std::string& payload);

  /// Messages that the broker has not acknowledged.
  size_t pending() const;

private:
  struct client;
  explicit publisher(std::unique_ptr<client> x);
  std::unique_ptr<client> client_;
};

} // namespace rrdflow

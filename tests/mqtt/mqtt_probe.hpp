#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>

namespace rrdflow::test {

/// A client of MQTT 3.1.1 on a bare socket that publishes and knows what was
/// acknowledged: independent of what is tested. Loopback only.
class mqtt_probe {
public:
  explicit mqtt_probe(uint16_t port) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ok_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address))
          == 0;
    // Protocol MQTT 4, clean session, no keep-alive, the broker names us.
    send(std::string{"\x10\x0c\0\x04MQTT\x04\x02\0\0\0\0", 14});
    receive(4);
  }

  mqtt_probe(const mqtt_probe&) = delete;

  ~mqtt_probe() {
    ::close(fd_);
  }

  /// Whether everything until now worked.
  bool ok() const {
    return ok_;
  }

  /// Publishes with QoS 1, and waits for the acknowledgement.
  bool publish(const std::string& topic, const std::string& payload,
               bool retain = false) {
    auto id = ++last_id_ == 0 ? ++last_id_ : last_id_;
    auto body = number(topic.size()) + topic + number(id) + payload;
    std::string packet(1, static_cast<char>(retain ? 0x33 : 0x32));
    for (auto rest = body.size();; rest /= 128) {
      auto byte = static_cast<unsigned char>(rest % 128);
      packet += static_cast<char>(rest >= 128 ? byte | 128 : byte);
      if (rest < 128)
        break;
    }
    send(packet + body);
    return receive(4) == std::string{"\x40\x02"} + number(id);
  }

private:
  static std::string number(size_t x) {
    return {static_cast<char>(x >> 8), static_cast<char>(x & 255)};
  }

  void send(const std::string& bytes) {
    auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ok_ = ok_ && n == static_cast<ssize_t>(bytes.size());
  }

  std::string receive(size_t size) {
    std::string result;
    pollfd waiting{fd_, POLLIN, 0};
    while (ok_ && result.size() < size) {
      char buffer[64];
      auto n = ssize_t{0};
      if (::poll(&waiting, 1, 5000) == 1)
        n = ::recv(fd_, buffer, size - result.size(), 0);
      ok_ = n > 0;
      if (ok_)
        result.append(buffer, static_cast<size_t>(n));
    }
    return result;
  }

  int fd_ = -1;
  bool ok_ = false;
  uint16_t last_id_ = 0;
};

} // namespace rrdflow::test

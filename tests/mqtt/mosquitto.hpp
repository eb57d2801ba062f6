#pragma once

#include "actors/base/file.hpp"
#include "tests/temporary_folder.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

namespace rrdflow::test {

/// Waits until `f` is true; false if that takes too long.
template <class F>
bool eventually(F f) {
  for (auto i = 0; i < 3000 && !f(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return f();
}

inline sockaddr_in loopback(uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return result;
}

inline unique_fd tcp_socket() {
  return unique_fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
}

inline bool connect_loopback(const unique_fd& fd, uint16_t port) {
  auto address = loopback(port);
  return ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address),
                   sizeof(address))
         == 0;
}

/// A port on loopback that is taken while this lives: bound and not listening,
/// only a server that reuses addresses gets it.
class held_port {
public:
  held_port() {
    auto address = loopback(0);
    auto size = static_cast<socklen_t>(sizeof(address));
    auto* name = reinterpret_cast<sockaddr*>(&address);
    auto yes = 1;
    if (::bind(fd(), name, size) != 0 || ::getsockname(fd(), name, &size) != 0
        || ::setsockopt(fd(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0)
      throw std::system_error{errno, std::generic_category(), "no free port"};
    number_ = ntohs(address.sin_port);
  }

  int fd() const {
    return fd_.get();
  }

  uint16_t number() const {
    return number_;
  }

private:
  unique_fd fd_ = tcp_socket();
  uint16_t number_ = 0;
};

/// A client of MQTT 3.1.1 on a bare socket that publishes and knows what was
/// acknowledged: independent of what is tested. Loopback only.
class mqtt_probe {
public:
  explicit mqtt_probe(uint16_t port) {
    ok_ = connect_loopback(fd_, port);
    // Protocol MQTT 4, clean session, no keep-alive, the broker gives a name.
    send(std::string{"\x10\x0c\0\x04MQTT\x04\x02\0\0\0\0", 14});
    receive(4);
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
    auto n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ok_ = ok_ && n == static_cast<ssize_t>(bytes.size());
  }

  std::string receive(size_t size) {
    std::string result;
    pollfd waiting{fd_.get(), POLLIN, 0};
    while (ok_ && result.size() < size) {
      char buffer[64];
      auto n = ssize_t{0};
      if (::poll(&waiting, 1, 20000) == 1)
        n = ::recv(fd_.get(), buffer, size - result.size(), 0);
      ok_ = n > 0;
      if (ok_)
        result.append(buffer, static_cast<size_t>(n));
    }
    return result;
  }

  unique_fd fd_ = tcp_socket();
  bool ok_ = false;
  uint16_t last_id_ = 0;
};

/// A mosquitto of the tests' own, with any configuration, on a free port.
class mosquitto {
public:
  /// `lines` are added to the configuration.
  explicit mosquitto(std::string lines = {}, bool anonymous = true)
    : lines_{std::move(lines)}, anonymous_{anonymous} {
    start();
  }

  mosquitto(const mosquitto&) = delete;

  ~mosquitto() {
    stop();
  }

  void start() {
    auto file = folder_.path() + "/mosquitto.conf";
    // The listener's own options come behind it.
    write_file(file, "user root\nmax_queued_messages 1000000\n"
                     "persistence true\nautosave_on_changes true\n"
                     "autosave_interval 1\npersistence_location "
                       + folder_.path()
                       + "/\nlog_dest none\n"
                         "sys_interval 1\nallow_anonymous "
                       + (anonymous_ ? "true" : "false") + "\nlistener "
                       + std::to_string(port()) + " 127.0.0.1\n" + lines_);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::execl("/usr/sbin/mosquitto", "mosquitto", "-c", file.c_str(), nullptr);
      ::_exit(127);
    }
    if (!eventually([this] { return connect_loopback(tcp_socket(), port()); }))
      throw std::runtime_error{"mosquitto does not start"};
  }

  void stop(int signal = SIGTERM) {
    if (pid_ <= 0)
      return;
    ::kill(pid_, signal);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

  /// Makes a stopped broker forget sessions and messages.
  void forget() {
    std::filesystem::remove(folder_.path() + "/mosquitto.db");
  }

  uint16_t port() const {
    return port_.number();
  }

  std::string address(const std::string& scheme = "tcp",
                      const std::string& host = "127.0.0.1") const {
    return scheme + "://" + host + ':' + std::to_string(port());
  }

private:
  std::string lines_;
  bool anonymous_;
  temporary_folder folder_;
  held_port port_;
  pid_t pid_ = 0;
};

} // namespace rrdflow::test

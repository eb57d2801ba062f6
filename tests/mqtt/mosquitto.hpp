#pragma once

#include "tests/journal/scratch.hpp"
#include "tests/mqtt/held_port.hpp"
#include "tests/mqtt/mqtt_probe.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace rrdflow::test {

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
    auto file = folder_.path + "/mosquitto.conf";
    // The listener's own options come behind it.
    write_file(file, "user root\nmax_queued_messages 1000000\n"
                     "persistence true\nautosave_on_changes true\n"
                     "autosave_interval 1\npersistence_location "
                       + folder_.path
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
    for (auto i = 0; i < 500; ++i) {
      if (reachable())
        return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
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
    std::filesystem::remove(folder_.path + "/mosquitto.db");
  }

  uint16_t port() const {
    return port_.number();
  }

  std::string address(const std::string& scheme = "tcp",
                      const std::string& host = "127.0.0.1") const {
    return scheme + "://" + host + ':' + std::to_string(port());
  }

private:
  bool reachable() const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto result
      = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address))
        == 0;
    ::close(fd);
    return result;
  }

  std::string lines_;
  bool anonymous_;
  scratch folder_;
  held_port port_;
  pid_t pid_ = 0;
};

} // namespace rrdflow::test

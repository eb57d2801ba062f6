#pragma once

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace rrdflow {

/// How the embedded broker is to run.
struct broker_settings {
  /// Its own folder, made if needed; holds configuration, log and queued
  /// messages.
  std::string directory;

  std::string executable = "/usr/sbin/mosquitto";

  /// Bytes of a message; larger ones are refused.
  uint64_t max_payload = 64ull << 10;

  /// 0: the port of the last run if it is free, else any.
  uint16_t port = 0;
};

/// A private mosquitto on loopback, as a child process: `broker = "embedded"`
/// and the demo. Keeps the messages of sessions over its own death, and is
/// started again when it dies, on the same port.
///
/// A thread of its own starts the child and waits for it, since Linux ends the
/// child together with the thread that started it (PR_SET_PDEATHSIG).
class broker_process {
public:
  /// Starts the broker and waits until it takes connections. Fails with
  /// ec::io_failed and the reason.
  static caf::expected<std::unique_ptr<broker_process>>
  start(broker_settings settings);

  broker_process(const broker_process&) = delete;
  broker_process& operator=(const broker_process&) = delete;

  /// Calls `stop`.
  ~broker_process();

  /// For clients, e.g. "tcp://127.0.0.1:40123".
  std::string address() const;

  uint16_t port() const noexcept {
    return port_;
  }

  /// The process id of the broker; 0 while there is none.
  pid_t pid() const noexcept {
    return pid_;
  }

  /// Ends the broker, which saves its state first; by force after 3 s.
  void stop();

private:
  explicit broker_process(broker_settings settings)
    : settings_{std::move(settings)} {
    // nop
  }

  std::string log_file() const;
  caf::error prepare();
  caf::error begin(uint16_t port);
  caf::error write_configuration(uint16_t port) const;
  uint16_t last_port() const;
  void run();

  broker_settings settings_;
  uint16_t port_ = 0;
  std::atomic<pid_t> pid_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;

  /// Set by the thread when the child ended before it was ever ready.
  bool failed_ = false;
  bool was_ready_ = false;
  std::thread thread_;
};

} // namespace rrdflow

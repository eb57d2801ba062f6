#include "actors/mqtt/broker_process.hpp"

#include "actors/base/file.hpp"
#include "messages/error.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <sstream>

namespace rrdflow {

using namespace std::chrono_literals;

namespace {

sockaddr_in loopback(uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return result;
}

unique_fd tcp_socket() {
  return unique_fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
}

/// A port that is free now: `port` itself or, if that is 0, any. 0: none.
uint16_t free_port(uint16_t port) {
  auto fd = tcp_socket();
  auto address = loopback(port);
  auto size = static_cast<socklen_t>(sizeof(address));
  auto name = reinterpret_cast<sockaddr*>(&address);
  auto yes = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (::bind(fd.get(), name, size) != 0
      || ::getsockname(fd.get(), name, &size) != 0)
    return 0;
  return ntohs(address.sin_port);
}

bool takes_connections(uint16_t port) {
  auto fd = tcp_socket();
  auto address = loopback(port);
  return ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address),
                   sizeof(address))
         == 0;
}

/// Runs the broker; the child ends with the calling thread. What it says goes
/// to the end of the file `log`.
pid_t spawn(const std::string& executable, const std::string& configuration,
            const std::string& log) {
  char option[] = "-c";
  auto file = configuration;
  auto program = executable;
  char* arguments[] = {program.data(), option, file.data(), nullptr};
  auto parent = ::getpid();
  auto out = open_file(log, O_WRONLY | O_CREAT | O_APPEND);
  auto result = ::fork();
  if (result != 0)
    return result;
  // Only what is safe between fork and exec. The service's signal mask blocks
  // SIGTERM; a group of its own keeps the terminal's ^C away.
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::setpgid(0, 0);
  if (out) {
    ::dup2(out->get(), STDOUT_FILENO);
    ::dup2(out->get(), STDERR_FILENO);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() == parent)
    ::execv(arguments[0], arguments);
  ::_exit(127);
}

} // namespace

caf::expected<std::unique_ptr<broker_process>>
broker_process::start(broker_settings settings) {
  std::unique_ptr<broker_process> result{
    new broker_process{std::move(settings)}};
  if (auto err = result->prepare())
    return err;
  auto err = caf::error{};
  for (auto attempt = 0; attempt < 5; ++attempt) {
    // Another process may take the port before the broker binds it.
    uint16_t wanted = result->settings_.port;
    if (wanted == 0 && attempt == 0)
      wanted = result->last_port();
    auto port = free_port(wanted);
    if (port == 0 && result->settings_.port == 0)
      port = free_port(0);
    if (port == 0) {
      err = fail(ec::io_failed, "embedded broker: port "
                                  + std::to_string(wanted) + " is not free");
      continue;
    }
    err = result->begin(port);
    if (!err)
      return result;
  }
  return err;
}

broker_process::~broker_process() {
  stop();
}

std::string broker_process::address() const {
  return "tcp://127.0.0.1:" + std::to_string(port_);
}

std::string broker_process::log_file() const {
  return settings_.directory + "/mosquitto.log";
}

void broker_process::stop() {
  {
    std::lock_guard<std::mutex> guard{mutex_};
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable())
    thread_.join();
}

caf::error broker_process::prepare() {
  auto& folder = settings_.directory;
  if (::access(settings_.executable.c_str(), X_OK) != 0)
    return fail(ec::io_failed, "embedded broker: " + settings_.executable + ": "
                                 + std::strerror(errno));
  if (::mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST)
    return file_error(folder, errno);
  // The log of this run and that of the one before are kept.
  ::rename(log_file().c_str(), (log_file() + ".old").c_str());
  return caf::none;
}

caf::error broker_process::begin(uint16_t port) {
  stop();
  if (auto err = write_configuration(port))
    return err;
  port_ = port;
  stopping_ = failed_ = was_ready_ = false;
  thread_ = std::thread{[this] { run(); }};
  std::unique_lock<std::mutex> guard{mutex_};
  changed_.wait(guard, [this] { return failed_ || was_ready_; });
  if (failed_)
    return fail(ec::io_failed, "embedded broker: " + settings_.executable
                                 + " does not start; see " + log_file());
  return caf::none;
}

uint16_t broker_process::last_port() const {
  auto text = read_file(settings_.directory + "/port");
  auto number = text ? std::atoi(text->c_str()) : 0;
  return number > 0 && number < 65536 ? static_cast<uint16_t>(number)
                                      : uint16_t{0};
}

caf::error broker_process::write_configuration(uint16_t port) const {
  auto& folder = settings_.directory;
  std::ostringstream out;
  out << "# Written by rrdflow at each start.\n"
      << "listener " << port << " 127.0.0.1\n"
      << "allow_anonymous true\n"
      // Otherwise it becomes user mosquitto, who cannot write here.
      << (::geteuid() == 0 ? "user root\n" : "") << "persistence true\n"
      << "persistence_location " << folder << "/\n"
      << "autosave_on_changes true\n"
      << "autosave_interval 1000\n"
      << "persistent_client_expiration 14d\n"
      << "max_queued_messages 5000000\n"
      << "max_inflight_messages 100\n"
      << "queue_qos0_messages true\n"
      << "message_size_limit " << settings_.max_payload << '\n'
      << "set_tcp_nodelay true\n"
      << "log_dest stderr\n"
      << "log_type error\n"
      << "log_type warning\n";
  if (auto err = replace_file(folder + "/mosquitto.conf", out.str(), 0640))
    return err;
  return replace_file(folder + "/port", std::to_string(port) + '\n', 0640);
}

void broker_process::run() {
  auto configuration = settings_.directory + "/mosquitto.conf";
  for (auto pause = 100ms;; pause = std::min(pause * 2, 800ms)) {
    auto pid = spawn(settings_.executable, configuration, log_file());
    pid_ = std::max(pid, 0);
    auto gone = pid < 0;
    auto killed = false;
    auto waited = 0ms;
    auto answers = 0;
    // Polls often until it is ready, later for its end only.
    while (!gone) {
      std::unique_lock<std::mutex> guard{mutex_};
      // Twice: the first answer may come from another process on that port.
      if (!was_ready_ && takes_connections(port_) && ++answers == 2) {
        was_ready_ = true;
        changed_.notify_all();
      }
      auto interval = was_ready_ && !stopping_ ? 100ms : 20ms;
      changed_.wait_for(guard, interval, [&] { return stopping_ && !killed; });
      if (stopping_) {
        if (!killed)
          ::kill(pid, SIGTERM);
        else if ((waited += interval) > 3000ms)
          ::kill(pid, SIGKILL);
        killed = true;
      }
      gone = ::waitpid(pid, nullptr, WNOHANG) == pid;
    }
    pid_ = 0;
    std::unique_lock<std::mutex> guard{mutex_};
    failed_ = !was_ready_;
    changed_.notify_all();
    if (stopping_ || failed_)
      return;
    changed_.wait_for(guard, pause, [this] { return stopping_; });
    if (stopping_)
      return;
  }
}

} // namespace rrdflow

#include "runtime/demo/child.hpp"

#include "messages/error.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

namespace rrdflow {

caf::expected<child> child::start(const std::vector<std::string>& arguments) {
  std::string program = "/proc/self/exe";
  auto copies = arguments;
  std::vector<char*> argv{program.data()};
  for (auto& x : copies)
    argv.push_back(x.data());
  argv.push_back(nullptr);
  auto parent = ::getpid();
  auto pid = ::fork();
  if (pid < 0)
    return fail(ec::io_failed, std::string{"fork: "} + std::strerror(errno));
  if (pid == 0) {
    // Only what is safe between fork and exec. A group of its own keeps the
    // terminal's ^C away: the parent stops it.
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() == parent)
      ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  return child{pid};
}

child::~child() {
  if (pid_ != 0)
    stop(std::chrono::seconds{5});
}

std::optional<int> child::ended() {
  auto status = 0;
  if (pid_ != 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) {
    pid_ = 0;
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return code_;
}

int child::stop(std::chrono::seconds timeout) {
  if (pid_ != 0)
    ::kill(pid_, SIGTERM);
  auto limit = std::chrono::steady_clock::now() + timeout;
  while (!ended()) {
    if (std::chrono::steady_clock::now() > limit)
      ::kill(pid_, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  return *code_;
}

} // namespace rrdflow

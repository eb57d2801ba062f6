#include "runtime/service/process.hpp"

#include "actors/base/printable.hpp"

#include <malloc.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

namespace rrdflow {

namespace {

/// Prints a level as the priority that systemd's journal understands.
class priority_flag : public spdlog::custom_flag_formatter {
public:
  void format(const spdlog::details::log_msg& x, const std::tm&,
              spdlog::memory_buf_t& out) override {
    static constexpr const char* priorities[]
      = {"<7>", "<7>", "<6>", "<4>", "<3>", "<2>", "<6>"};
    std::string_view text = priorities[x.level];
    out.append(text.data(), text.data() + text.size());
  }

  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<priority_flag>();
  }
};

/// Prints a message as it may be shown: whatever is in it, it stays one line
/// and does nothing to a terminal.
class text_flag : public spdlog::custom_flag_formatter {
public:
  void format(const spdlog::details::log_msg& x, const std::tm&,
              spdlog::memory_buf_t& out) override {
    auto text = for_terminal({x.payload.data(), x.payload.size()});
    out.append(text.data(), text.data() + text.size());
  }

  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<text_flag>();
  }
};

/// Whether stderr is the journal's stream: JOURNAL_STREAM is "device:inode".
bool writes_to_journal() {
  auto* stream = std::getenv("JOURNAL_STREAM");
  struct stat st = {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &st) != 0)
    return false;
  return stream == std::to_string(st.st_dev) + ":" + std::to_string(st.st_ino);
}

sigset_t handled_signals() {
  sigset_t result;
  sigemptyset(&result);
  for (auto x : {SIGINT, SIGTERM, SIGHUP, SIGUSR1})
    sigaddset(&result, x);
  return result;
}

} // namespace

void configure_logging() {
  auto logger = spdlog::stderr_color_mt("rrdflow");
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<text_flag>('*').add_flag<priority_flag>('P');
  if (writes_to_journal())
    formatter->set_pattern("%P%*");
  else
    formatter->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%-5l%$ %*");
  logger->set_formatter(std::move(formatter));
  if (auto* level = std::getenv("RRDFLOW_LOG"))
    logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

int64_t wall_nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

void return_large_blocks() noexcept {
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
  // It would be lowered to 128 KiB with it, which is the size of a batch.
  ::mallopt(M_TRIM_THRESHOLD, 8 << 20);
}

void block_signals() {
  auto set = handled_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

std::optional<int> wait_for_signal(std::chrono::milliseconds timeout) {
  auto set = handled_signals();
  timespec time = {};
  time.tv_sec = static_cast<time_t>(timeout.count() / 1000);
  time.tv_nsec = static_cast<long>(timeout.count() % 1000) * 1000000;
  auto result = sigtimedwait(&set, nullptr, &time);
  if (result < 0)
    return std::nullopt;
  return result;
}

void notify_systemd(const char* state) {
  sd_notify(0, state);
}

void end_process_after(std::chrono::seconds timeout, int code) {
  std::thread{[timeout, code] {
    std::this_thread::sleep_for(timeout);
    spdlog::error("the stop took longer than {} s", timeout.count());
    ::_exit(code);
  }}.detach();
}

void end_process(int code) {
  spdlog::default_logger()->flush();
  std::fflush(nullptr);
  ::_exit(code);
}

} // namespace rrdflow

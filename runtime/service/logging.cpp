#include "runtime/service/logging.hpp"

#include "actors/base/printable.hpp"
#include "runtime/service/log_writer.hpp"

#include <spdlog/details/os.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace rrdflow {

namespace {

/// Bytes of the log that wait for a slow reader: some 10,000 lines.
constexpr size_t log_capacity = 1 << 20;

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

std::unique_ptr<spdlog::formatter> make_formatter() {
  auto result = std::make_unique<spdlog::pattern_formatter>();
  result->add_flag<text_flag>('*').add_flag<priority_flag>('P');
  if (writes_to_journal())
    result->set_pattern("%P%*");
  else
    result->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%-5l%$ %*");
  return result;
}

/// The escape sequence of a level's colour, as spdlog's own sinks have it.
std::string_view colour(spdlog::level::level_enum x) {
  static constexpr const char* colours[]
    = {"\033[37m",        "\033[36m",        "\033[32m", "\033[33m\033[1m",
       "\033[31m\033[1m", "\033[1m\033[41m", ""};
  return colours[x];
}

std::string format(spdlog::formatter& how, const spdlog::details::log_msg& x) {
  static const auto coloured
    = ::isatty(STDERR_FILENO) != 0 && spdlog::details::os::is_color_terminal();
  x.color_range_start = x.color_range_end = 0;
  spdlog::memory_buf_t text;
  how.format(x, text);
  std::string result{text.data(), text.size()};
  if (coloured && x.color_range_end > x.color_range_start) {
    result.insert(x.color_range_end, "\033[m");
    result.insert(x.color_range_start, colour(x.level));
  }
  return result;
}

log_writer* make_output() {
  std::shared_ptr<spdlog::formatter> how = make_formatter();
  auto say = [how](uint64_t lines) {
    auto text = std::to_string(lines)
                + " lines of the log were dropped: its reader is slow, or it "
                  "could not be written";
    return format(*how, {"rrdflow", spdlog::level::warn, text});
  };
  return new log_writer{STDERR_FILENO, log_capacity, say};
}

/// Never destroyed: until the process ends, any thread may log.
log_writer& output() {
  static auto* result = make_output();
  return *result;
}

/// The one way to stderr.
class stderr_sink : public spdlog::sinks::base_sink<std::mutex> {
  void sink_it_(const spdlog::details::log_msg& x) override {
    output().push(format(*formatter_, x));
  }

  void flush_() override {
    // nop
  }
};

} // namespace

void configure_logging() {
  auto logger = std::make_shared<spdlog::logger>(
    "rrdflow", std::make_shared<stderr_sink>());
  logger->set_formatter(make_formatter());
  // spdlog's own handler would write to stderr, and wait for its reader.
  logger->set_error_handler([](const std::string&) { output().drop(); });
  if (auto* level = std::getenv("RRDFLOW_LOG"))
    logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

void finish_log() {
  output().drain(std::chrono::seconds{1});
}

uint64_t dropped_log_lines() {
  return output().dropped();
}

} // namespace rrdflow

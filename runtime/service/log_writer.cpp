#include "runtime/service/log_writer.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace rrdflow {

namespace {

/// Lines, and how many are missing in front of them.
struct batch {
  uint64_t missing = 0;
  std::string lines;
};

/// The lines in front that a pipe takes whole, not mixed with what other
/// processes write to it (pipe(7)).
std::string_view next_piece(std::string_view x) {
  auto piece = x.substr(0, PIPE_BUF);
  auto end = piece.rfind('\n');
  return end == std::string_view::npos ? piece : piece.substr(0, end + 1);
}

/// Writes `rest` and leaves what could not be written.
void write_out(int fd, std::string_view& rest) {
  while (!rest.empty()) {
    auto piece = next_piece(rest);
    auto n = ::write(fd, piece.data(), piece.size());
    if (n > 0) {
      rest.remove_prefix(static_cast<size_t>(n));
    } else if (n < 0 && errno == EAGAIN) {
      // Somebody who shares it made it so.
      pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (n == 0 || errno != EINTR) {
      return;
    }
  }
}

uint64_t count_lines(std::string_view x) {
  return static_cast<uint64_t>(std::count(x.begin(), x.end(), '\n'));
}

} // namespace

struct log_writer::state {
  const int fd;
  const size_t capacity;
  const notice say;
  std::atomic<uint64_t> dropped{0};

  std::mutex mutex;
  std::condition_variable changed;
  bool started = false;
  bool closing = false;

  /// Whether the last write failed: the next try comes with the next line.
  bool failed = false;

  /// Both have room for `capacity` bytes from the beginning.
  batch waiting;
  batch under_way;
  bool writing = false;

  /// Dropped behind the lines that wait. Until these are taken, all that
  /// comes is dropped, so that the gap is at one place.
  uint64_t missing_behind = 0;

  /// Of the thread alone: part of a line was written last.
  bool torn = false;

  state(int where, size_t room, notice maker)
    : fd{where}, capacity{room}, say{std::move(maker)} {
    waiting.lines.reserve(capacity);
    under_way.lines.reserve(capacity);
  }

  bool has_work() const {
    return !waiting.lines.empty() || (waiting.missing > 0 && !failed);
  }

  void count(uint64_t lines) {
    dropped.fetch_add(lines, std::memory_order_relaxed);
  }

  /// A line is missing behind all that waits.
  void lose() {
    ++(waiting.lines.empty() ? waiting.missing : missing_behind);
    count(1);
  }

  static void wake(const std::shared_ptr<state>& self);
  void run();
  void write();
  bool write(std::string_view& rest);
};

/// Has the thread look again; the first time, starts it.
void log_writer::state::wake(const std::shared_ptr<state>& self) {
  if (self->started)
    return self->changed.notify_all();
  // Threads inherit the mask; the service's signals are for its main thread.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread{[self] { self->run(); }}.detach();
    self->started = true;
  } catch (const std::system_error&) {
    // The next line tries again.
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void log_writer::state::run() {
  std::unique_lock<std::mutex> guard{mutex};
  for (;;) {
    changed.wait(guard, [this] { return closing || has_work(); });
    if (closing)
      return;
    std::swap(waiting, under_way);
    waiting.missing = std::exchange(missing_behind, 0);
    writing = true;
    guard.unlock();
    write();
    guard.lock();
    // What could not be written is missing in front of what waits.
    auto lost = count_lines(under_way.lines);
    failed = lost + under_way.missing > 0;
    count(lost);
    waiting.missing += lost + under_way.missing;
    under_way.missing = 0;
    under_way.lines.clear();
    writing = false;
    changed.notify_all();
  }
}

/// Writes what is under way and leaves of it what could not be written.
void log_writer::state::write() {
  if (under_way.missing > 0) {
    std::string text;
    try {
      text = say(under_way.missing);
    } catch (const std::exception&) {
      // Without memory: said with a later line.
      return;
    }
    std::string_view rest = text;
    if (!write(rest))
      return;
    under_way.missing = 0;
  }
  std::string_view rest = under_way.lines;
  write(rest);
  under_way.lines.erase(0, under_way.lines.size() - rest.size());
}

bool log_writer::state::write(std::string_view& rest) {
  std::string_view end = "\n";
  if (torn)
    write_out(fd, end);
  if (torn && !end.empty())
    return false;
  auto size = rest.size();
  write_out(fd, rest);
  torn = !rest.empty() && rest.size() < size && *(rest.data() - 1) != '\n';
  return rest.empty();
}

log_writer::log_writer(int fd, size_t capacity, notice say)
  : state_{std::make_shared<state>(fd, capacity, std::move(say))} {
  // nop
}

log_writer::~log_writer() {
  std::lock_guard<std::mutex> guard{state_->mutex};
  state_->closing = true;
  state_->changed.notify_all();
}

void log_writer::push(std::string_view line) {
  auto& x = *state_;
  std::lock_guard<std::mutex> guard{x.mutex};
  if (x.missing_behind > 0 || x.waiting.lines.size() + line.size() > x.capacity)
    x.lose();
  else
    x.waiting.lines += line;
  state::wake(state_);
}

void log_writer::drop() {
  std::lock_guard<std::mutex> guard{state_->mutex};
  state_->lose();
  state::wake(state_);
}

bool log_writer::drain(std::chrono::milliseconds timeout) {
  auto& x = *state_;
  std::unique_lock<std::mutex> guard{x.mutex};
  return x.changed.wait_for(guard, timeout, [&x] {
    return !x.started || (!x.writing && !x.has_work());
  });
}

uint64_t log_writer::dropped() const noexcept {
  return state_->dropped.load(std::memory_order_relaxed);
}

} // namespace rrdflow

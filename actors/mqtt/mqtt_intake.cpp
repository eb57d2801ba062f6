#include "actors/mqtt/mqtt_intake.hpp"

#include <charconv>
#include <chrono>
#include <exception>
#include <new>
#include <string>
#include <thread>

namespace rrdflow {

void mqtt_intake::receive(const incoming_message& x) noexcept {
  if (!closed_) {
    if (only_noted(x) || (line_ ? share(x) : offer(x)))
      return;
  }
  while (!end_connection())
    std::this_thread::sleep_for(std::chrono::seconds(1));
}

void mqtt_intake::close() noexcept {
  closed_ = true;
  end_connection();
}

void mqtt_intake::connection(std::vector<socket_mark> xs) {
  std::lock_guard<std::mutex> guard{mutex_};
  sockets_ = std::move(xs);
}

void mqtt_intake::filters(const std::vector<subscription>& xs,
                          const std::vector<subscription>& node) {
  routes_.set(xs, node);
  auto wanted = false;
  for (auto& x : xs)
    wanted = wanted || x.filter.compare(0, 5, "$SYS/") == 0;
  system_topics_wanted_ = wanted;
}

void mqtt_intake::asked(size_t n) noexcept {
  open_answers_ = n;
  if (n == 0)
    subscribed_ = true;
}

void mqtt_intake::answered() noexcept {
  // An answer to an older question may come after the last one.
  auto n = open_answers_.load();
  while (n > 0 && !open_answers_.compare_exchange_weak(n, n - 1))
    ; // nop
  if (n == 1)
    subscribed_ = true;
}

std::string mqtt_intake::last_error() const {
  std::lock_guard<std::mutex> guard{mutex_};
  return last_error_;
}

std::string mqtt_intake::broker_version() const {
  std::lock_guard<std::mutex> guard{mutex_};
  return broker_version_;
}

bool mqtt_intake::offer(const incoming_message& x) noexcept {
  // An exception is hardly ever the message's fault, but if it is, then the
  // message must not stop all others. Want of memory never is: then it waits.
  for (auto attempt = 0; attempt < 3;) {
    try {
      auto taken = sink_->take(x);
      starved_ = false;
      return taken;
    } catch (const std::bad_alloc&) {
      starved_ = true;
    } catch (const std::exception& e) {
      note_error(x, e.what());
      ++attempt;
    } catch (...) {
      note_error(x, "unknown exception");
      ++attempt;
    }
    if (closed_)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  starved_ = false;
  ++errors_;
  return true;
}

void mqtt_intake::note_error(const incoming_message& x,
                             std::string_view what) noexcept {
  try {
    note(last_error_, std::string{x.topic} + ": " + std::string{what});
  } catch (const std::bad_alloc&) {
    note(last_error_, what);
  }
}

bool mqtt_intake::share(const incoming_message& x) noexcept {
  auto route = routes_.of(x);
  if (route.node && x.retained)
    line_->pass_over();
  else if (route.node)
    line_->offer(x.topic, x.payload);
  if (!route.journal)
    return true;
  constexpr size_t max_identifiers = 64;
  uint32_t identifiers[max_identifiers];
  auto y = x;
  y.identifiers = identifiers;
  y.identifier_count = 0;
  for (size_t i = 0; i < x.identifier_count && i < max_identifiers; ++i)
    if (!routes_.only_node(x.identifiers[i]))
      identifiers[y.identifier_count++] = x.identifiers[i];
  return offer(y);
}

bool mqtt_intake::only_noted(const incoming_message& x) noexcept {
  if (x.topic == dropped_messages_topic) {
    int64_t value = 0;
    auto end = x.payload.data() + x.payload.size();
    auto read = std::from_chars(x.payload.data(), end, value);
    if (read.ec == std::errc{} && read.ptr == end && value >= 0)
      dropped_ = value;
  } else if (x.topic == broker_version_topic) {
    note(broker_version_, x.payload.substr(0, 100));
  } else {
    return false;
  }
  return x.identifier_count == 0 && !system_topics_wanted_;
}

bool mqtt_intake::end_connection() noexcept {
  std::lock_guard<std::mutex> guard{mutex_};
  shut_down(sockets_);
  return !sockets_.empty();
}

void mqtt_intake::note(std::string& where, std::string_view what) noexcept {
  try {
    std::lock_guard<std::mutex> guard{mutex_};
    where = what;
  } catch (...) {
    // nop
  }
}

} // namespace rrdflow

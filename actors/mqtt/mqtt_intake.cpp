#include "actors/mqtt/mqtt_intake.hpp"

#include "config/topic_syntax.hpp"

#include <dirent.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <limits>
#include <new>
#include <thread>
#include <utility>

namespace rrdflow {

namespace {

bool has(const std::vector<subscription>& xs, uint32_t identifier) {
  return std::any_of(xs.begin(), xs.end(), [identifier](auto& x) {
    return x.identifier == identifier;
  });
}

/// Whether one of the filters covers `x`, a topic or a filter.
bool any_covers(const std::vector<subscription>& filters, std::string_view x) {
  return !x.empty()
         && std::any_of(filters.begin(), filters.end(),
                        [x](auto& y) { return covers(y.filter, x); });
}

bool connected_to(int descriptor, uint16_t port) {
  sockaddr_storage peer;
  auto size = static_cast<socklen_t>(sizeof(peer));
  if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0)
    return false;
  if (peer.ss_family == AF_INET)
    return ntohs(reinterpret_cast<sockaddr_in&>(peer).sin_port) == port;
  if (peer.ss_family == AF_INET6)
    return ntohs(reinterpret_cast<sockaddr_in6&>(peer).sin6_port) == port;
  return false;
}

/// The inode of a socket; 0 if the descriptor is none.
ino_t inode_of(int descriptor) {
  struct stat info;
  return ::fstat(descriptor, &info) == 0 && S_ISSOCK(info.st_mode) ? info.st_ino
                                                                   : 0;
}

} // namespace

// -- routes -------------------------------------------------------------------

void mqtt_routes::set(std::vector<subscription> rules,
                      std::vector<subscription> node) {
  auto next = std::make_shared<const content>(
    content{std::move(rules), std::move(node)});
  std::lock_guard<std::mutex> guard{mutex_};
  content_ = std::move(next);
}

mqtt_route mqtt_routes::of(const incoming_message& x) const {
  auto now = current();
  if (now->node.empty())
    return {};
  mqtt_route result;
  if (x.identifier_count == 0) {
    result.node = any_covers(now->node, x.topic);
    result.journal = !result.node || any_covers(now->rules, x.topic);
    return result;
  }
  result.journal = false;
  for (size_t i = 0; i < x.identifier_count; ++i) {
    auto node = has(now->node, x.identifiers[i]);
    result.node = result.node || node;
    // A copy of a filter that is no longer wanted is for the journal: prefer
    // duplicates to loss.
    result.journal
      = result.journal || !node || has(now->rules, x.identifiers[i]);
  }
  return result;
}

bool mqtt_routes::only_node(uint32_t identifier) const {
  auto now = current();
  return has(now->node, identifier) && !has(now->rules, identifier);
}

std::shared_ptr<const mqtt_routes::content> mqtt_routes::current() const {
  std::lock_guard<std::mutex> guard{mutex_};
  return content_;
}

std::vector<subscription>
besides(const std::vector<subscription>& rules,
        const std::vector<subscription>& node, bool identifiers) {
  std::vector<subscription> result;
  for (auto& x : node)
    if (identifiers ? !has(rules, x.identifier) : !any_covers(rules, x.filter))
      result.push_back(x);
  return result;
}

std::vector<subscription> widest(const std::vector<subscription>& filters,
                                 const std::set<std::string>& refused) {
  std::vector<const subscription*> wild;
  for (auto& x : filters)
    if (x.filter.find_first_of("+#") != std::string::npos
        && refused.count(x.filter) == 0)
      wild.push_back(&x);
  std::vector<subscription> result;
  for (auto& x : filters)
    if (std::none_of(wild.begin(), wild.end(), [&x](auto* y) {
          return y != &x && covers(y->filter, x.filter);
        }))
      result.push_back(x);
  return result;
}

// -- copies -------------------------------------------------------------------

bool copy_finder::content::has_wanted(
  const std::vector<uint32_t>& identifiers) const {
  return std::any_of(identifiers.begin(), identifiers.end(), [this](auto x) {
    return std::binary_search(wanted.begin(), wanted.end(), x);
  });
}

bool copy_finder::content::sends(
  const std::vector<uint32_t>& identifiers) const {
  return std::all_of(identifiers.begin(), identifiers.end(), [this](auto x) {
    return x < filters.given.first || x > filters.given.second
           || has(filters.held, x);
  });
}

bool copy_finder::content::has_own(
  std::string_view topic, const std::vector<uint32_t>& identifiers) const {
  auto own = uint32_t{0};
  if (topic.empty())
    return false;
  for (auto& x : filters.wanted)
    if ((own == 0 || x.identifier < own) && covers(x.filter, topic))
      own = x.identifier;
  return std::find(identifiers.begin(), identifiers.end(), own)
         != identifiers.end();
}

void copy_finder::set(session_filters x) {
  content next;
  for (auto& y : x.wanted)
    next.wanted.push_back(y.identifier);
  std::sort(next.wanted.begin(), next.wanted.end());
  next.filters = std::move(x);
  std::lock_guard<std::mutex> guard{mutex_};
  content_ = std::make_shared<const content>(std::move(next));
}

void copy_finder::gone(const std::string& filter) {
  std::lock_guard<std::mutex> guard{mutex_};
  auto next = *content_;
  auto& xs = next.filters.held;
  xs.erase(std::remove_if(xs.begin(), xs.end(),
                          [&](auto& x) { return x.filter == filter; }),
           xs.end());
  content_ = std::make_shared<const content>(std::move(next));
}

std::shared_ptr<const copy_finder::content> copy_finder::current() const {
  std::lock_guard<std::mutex> guard{mutex_};
  return content_;
}

bool copy_finder::is_copy(const incoming_message& x) {
  // One that is sent again, for whatever reason, is not one of two in a row.
  if (x.identifier_count == 0 || x.retained || x.duplicate) {
    forget();
    return false;
  }
  if (identifiers_.empty() || x.payload != payload_ || x.topic != topic_) {
    forget();
    topic_.assign(x.topic);
    payload_.assign(x.payload);
    identifiers_.assign(x.identifiers, x.identifiers + x.identifier_count);
    counts_ = true;
    first_ = true;
    return false;
  }
  now_.assign(x.identifiers, x.identifiers + x.identifier_count);
  if (now_ == identifiers_) {
    counts_ = true;
    first_ = false;
    return false;
  }
  auto filters = current();
  auto before = filters->has_wanted(identifiers_);
  auto after = filters->has_wanted(now_);
  if (before && after) {
    // The DECODER's; the older filter's is worth more.
    if (now_.front() < identifiers_.front())
      identifiers_.swap(now_);
    return false;
  }
  if (before && counts_ && filters->has_own(topic_, identifiers_))
    return true;
  auto result = after && counts_ && first_ && filters->sends(identifiers_)
                && filters->has_own(topic_, now_);
  identifiers_.swap(now_);
  counts_ = !result;
  first_ = false;
  return result;
}

// -- sockets ------------------------------------------------------------------

std::vector<socket_mark> sockets_to(uint16_t port) {
  std::vector<socket_mark> result;
  std::unique_ptr<DIR, int (*)(DIR*)> folder{::opendir("/proc/self/fd"),
                                             ::closedir};
  if (!folder)
    return result;
  while (auto entry = ::readdir(folder.get())) {
    auto descriptor = std::atoi(entry->d_name);
    auto inode = inode_of(descriptor);
    if (inode != 0 && connected_to(descriptor, port))
      result.push_back({descriptor, inode});
  }
  return result;
}

std::vector<socket_mark> added(const std::vector<socket_mark>& before,
                               const std::vector<socket_mark>& now) {
  std::vector<socket_mark> result;
  for (auto& x : now)
    if (std::none_of(before.begin(), before.end(), [&](auto& y) {
          return x.descriptor == y.descriptor && x.inode == y.inode;
        }))
      result.push_back(x);
  return result;
}

// -- intake -------------------------------------------------------------------

mqtt_intake::mqtt_intake(std::shared_ptr<message_sink> sink,
                         std::shared_ptr<node_queue> node,
                         metric_registry* metrics)
  : sink_{std::move(sink)}, node_{std::move(node)},
    errors_{metrics,
            {"mqtt_callback_errors_total", "Errors in the MQTT callback."}},
    dropped_metric_{
      metrics,
      {"broker_dropped_messages",
       "Messages the broker dropped for any client since its start, as it says "
       "itself; NaN: it says nothing."},
      [this] {
        auto n = dropped();
        return n < 0 ? std::numeric_limits<double>::quiet_NaN()
                     : static_cast<double>(n);
      }} {
  // nop
}

void mqtt_intake::receive(const incoming_message& x) noexcept {
  if (!closed_) {
    if (is_about_broker(x) || (node_ ? share(x) : offer(x)))
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

void mqtt_intake::filters(session_filters x,
                          const std::vector<subscription>& node) {
  auto& xs = x.wanted;
  routes_.set(xs, node);
  system_topics_wanted_ = std::any_of(xs.begin(), xs.end(), [](auto& y) {
    return y.filter.compare(0, 5, "$SYS/") == 0;
  });
  copies_.set(std::move(x));
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
  // message must not stop all others. bad_alloc is retried for ever: it is
  // never the message's fault.
  auto y = x;
  auto looked = false;
  for (auto attempt = 0; attempt < 3;) {
    try {
      if (!looked && copies_.is_copy(x)) {
        y.identifiers = &copy_identifier;
        y.identifier_count = 1;
      }
      looked = true;
      auto taken = sink_->take(y);
      starved_ = false;
      return taken;
    } catch (const std::bad_alloc&) {
      starved_ = true;
    } catch (const std::exception& e) {
      note(last_error_, x.topic, e.what());
      ++attempt;
    } catch (...) {
      note(last_error_, x.topic, "unknown exception");
      ++attempt;
    }
    if (closed_)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  starved_ = false;
  copies_.forget();
  errors_.add();
  return true;
}

/// Gives a message to JANITOO_NODE, the journal or both.
bool mqtt_intake::share(const incoming_message& x) noexcept {
  auto route = routes_.of(x);
  if (route.node && x.retained)
    node_->pass_over();
  else if (route.node)
    node_->offer(x.topic, x.payload);
  if (!route.journal)
    return true;
  uint32_t identifiers[max_identifiers];
  auto y = x;
  y.identifiers = identifiers;
  y.identifier_count = 0;
  for (size_t i = 0; i < x.identifier_count; ++i)
    if (!routes_.only_node(x.identifiers[i]))
      identifiers[y.identifier_count++] = x.identifiers[i];
  return offer(y);
}

/// Notes what the broker says of itself. Returns whether that is all that the
/// message is for.
bool mqtt_intake::is_about_broker(const incoming_message& x) noexcept {
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
  for (auto& x : sockets_)
    // The descriptor stays open: it is paho's.
    if (inode_of(x.descriptor) == x.inode)
      ::shutdown(x.descriptor, SHUT_RDWR);
  return !sockets_.empty();
}

/// Keeps "WHAT" or "WHAT: MORE".
void mqtt_intake::note(std::string& where, std::string_view what,
                       std::string_view more) noexcept {
  try {
    std::lock_guard<std::mutex> guard{mutex_};
    where = what;
    if (!more.empty())
      (where += ": ") += more;
  } catch (...) {
    // No memory: what fits.
  }
}

} // namespace rrdflow

#pragma once

#include "actors/base/metrics.hpp"
#include "actors/serve/http/http_stream.hpp"
#include "messages/cache_values.hpp"
#include "messages/catalog_values.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rrdflow {

/// Bounds of /api/v1/live.
struct live_limits {
  /// Clients at a time; one more gets 503.
  size_t clients = 64;

  /// Series of one client.
  size_t series = 64;

  /// Bytes that may wait for a client; one that is slower is dropped.
  size_t waiting = 64 << 10;

  /// A client without new values gets a comment this often.
  std::chrono::seconds keep_alive{15};

  /// A series that does not exist is looked up again this often.
  std::chrono::seconds retry{5};
};

/// The clients of /api/v1/live: which series each wants, and which values it
/// was sent. Knows no actors: its owner asks them, and calls in this order.
///
/// Concurrency: one thread.
class live_feed {
public:
  explicit live_feed(metric_registry* registry, live_limits limits = {});

  const live_limits& limits() const noexcept {
    return limits_;
  }

  /// Adds a client.
  /// @returns the body of its response; null if there are too many.
  std::shared_ptr<http_stream> add(const std::vector<std::string>& names);

  /// Removes clients that left or were too slow. Comes first.
  void sweep();

  bool empty() const noexcept {
    return clients_.empty();
  }

  /// A new flow: files have other numbers.
  void reset_places();

  /// Series whose place must be looked up; `now` in ns since the epoch.
  std::vector<std::string> unresolved(int64_t now);

  /// Where a series is; nothing: it does not exist.
  void found(const std::string& name, const std::optional<series_info>& x);

  /// Files to ask each shard for.
  std::map<uint32_t, std::vector<file_id>> files() const;

  /// Takes a shard's answer about them.
  void update(const std::vector<last_value>& xs);

  /// Sends each client its new values; if `fresh`, only clients that were sent
  /// nothing yet.
  void send(int64_t now, bool fresh);

private:
  struct topic {
    std::string name;
    std::optional<series_info> place;

    /// When it was last looked up, in ns.
    int64_t asked = 0;

    /// Its newest reading; 0: none.
    int64_t time = 0;
    double value = 0;
    uint64_t version = 0;
  };

  struct client {
    std::shared_ptr<http_stream> stream;

    /// What it wants, and the version that it was sent.
    std::vector<std::pair<std::shared_ptr<topic>, uint64_t>> wanted;

    /// When it was sent something last; 0: never.
    int64_t sent = 0;
  };

  std::shared_ptr<topic> get_or_create(const std::string& name);

  live_limits limits_;
  std::vector<client> clients_;
  std::map<std::string, std::weak_ptr<topic>> topics_;
  gauge clients_count_;
  counter dropped_;
};

} // namespace rrdflow

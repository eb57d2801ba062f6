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

  /// Bytes that may wait for a client; one that takes less is dropped.
  size_t waiting = 64 << 10;

  /// A client that has nothing to hear gets a comment this often.
  std::chrono::seconds keep_alive{15};

  /// A series that does not exist is asked for again this often.
  std::chrono::seconds retry{5};
};

/// Who wants to hear of which series, and what each has heard. Knows no actors:
/// its owner asks for names and values, and calls in this order.
///
/// Concurrency: one thread.
class live_feed {
public:
  explicit live_feed(metric_registry* registry, live_limits limits = {});

  const live_limits& limits() const noexcept {
    return limits_;
  }

  /// Takes a client in.
  /// @returns what it reads from; null if there are too many.
  std::shared_ptr<http_stream> add(const std::vector<std::string>& names);

  /// Lets go of clients that left or were too slow. Comes first.
  void sweep();

  bool empty() const noexcept {
    return clients_.empty();
  }

  /// A new flow: files have other numbers.
  void forget_places();

  /// Series whose place must be looked up; `now` in ns since the epoch.
  std::vector<std::string> lost(int64_t now);

  /// Where a series is; nothing: it does not exist.
  void found(const std::string& name, const std::optional<series_info>& x);

  /// Files to ask each shard for.
  std::map<uint32_t, std::vector<file_id>> files() const;

  /// What a shard says about them.
  void heard(const std::vector<last_value>& xs);

  /// Tells each client what it has not heard; `fresh` only: those that have
  /// heard nothing yet.
  void tell(int64_t now, bool fresh);

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

    /// What it wants, and the version that it has heard.
    std::vector<std::pair<std::shared_ptr<topic>, uint64_t>> wanted;
    int64_t told = 0;
  };

  std::shared_ptr<topic> obtain(const std::string& name);

  live_limits limits_;
  std::vector<client> clients_;
  std::map<std::string, std::weak_ptr<topic>> topics_;
  gauge clients_count_;
  counter dropped_;
};

} // namespace rrdflow

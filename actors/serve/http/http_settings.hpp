#pragma once

#include "actors/base/metrics.hpp"
#include "config/http_config.hpp"
#include "messages/error.hpp"

#include <caf/expected.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rrdflow {

/// Bounds of what clients may use.
struct http_limits {
  /// Of all listening sockets together.
  unsigned connections = 256;

  /// Requests that wait for an answer of the flow; one more gets 503.
  unsigned pending = 256;

  /// Bytes of the request line and all header fields.
  size_t head = 64 << 10;

  /// Bytes of the request line's target.
  size_t target = 8 << 10;

  size_t body = 64 << 10;

  /// Bytes of all responses that are on their way; a large one more gets 503,
  /// unless it is the only one.
  size_t held = 128 << 20;

  /// For a whole request to come in, counted from the connection or from the
  /// request before.
  std::chrono::milliseconds request{10000};

  /// The same while more than half of the connections are in use, so that idle
  /// ones make room.
  std::chrono::milliseconds overloaded_request{1000};

  /// For a client to take its response.
  std::chrono::milliseconds response{60000};

  /// For the last responses to leave at a stop.
  std::chrono::milliseconds drain_timeout{1000};
};

/// A file that was set aside because it is damaged.
struct quarantined_file {
  /// Below the store, e.g. "bad/plant=2Ftemp-0123456789abcdef-1.rrd".
  std::string file;

  /// Where it was, below `<store>/rrd`; empty for parts of the journal.
  std::string was;

  uint64_t bytes = 0;

  /// When it was set aside, in ns since the epoch.
  int64_t time = 0;

  /// Empty: unknown.
  std::string reason;
};

/// Looks for them, newest first; bounded. Blocks; any thread may call.
using quarantine_reader = std::function<std::vector<quarantined_file>()>;

/// What HTTP_SERVER is given.
struct http_settings {
  std::vector<listen_address> listen;

  /// Names besides those of the loopback interface.
  std::vector<std::string> hosts;

  /// Empty: none is needed.
  std::string token;

  std::string version;

  /// What /api/v1/quarantine shows; may be empty.
  quarantine_reader quarantine;

  http_limits limits;

  /// What /metrics shows. Never null.
  std::shared_ptr<metric_registry> metrics
    = std::make_shared<metric_registry>();
};

/// Checks the configuration and reads the token.
/// @returns ec::bad_config, if an address off loopback has no token or if the
///          token's file cannot be read, or by others too.
caf::expected<http_settings>
make_http_settings(const http_config& x, std::string version);

} // namespace rrdflow

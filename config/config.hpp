#pragma once

#include "config/config_ptr.hpp"
#include "config/rule_config.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace rrdflow {

enum class retained_policy : uint8_t { ignore, if_newer, accept };

enum class sync_policy : uint8_t { interval, always, never };

struct store_config {
  std::string directory = "/var/lib/rrdflow";
};

struct tls_config {
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
};

struct mqtt_config {
  std::string broker = "tcp://127.0.0.1:1883";

  /// 5 or 3 (3.1.1).
  int version = 5;

  /// Empty: made once and kept in the store.
  std::string client_id;

  int qos = 1;
  std::chrono::seconds session_expiry{7 * 86400};
  std::string username;
  std::string password_file;
  tls_config tls;
  retained_policy retained = retained_policy::ignore;
};

struct journal_config {
  uint64_t segment_size = 64ull << 20;
  sync_policy sync = sync_policy::interval;

  /// Between two syncs, with sync_policy::interval.
  std::chrono::milliseconds sync_interval{200};

  /// Bytes; intake stalls above.
  uint64_t max_size = 8ull << 30;
};

struct cache_config {
  /// 0: one per core.
  unsigned shards = 0;

  std::chrono::seconds flush_after{3600};
  std::chrono::seconds flush_jitter{300};

  /// Bytes; above it the oldest rows are sealed early.
  uint64_t memory = 1ull << 30;

  bool flush_on_stop = false;
};

struct snapshot_config {
  std::chrono::milliseconds every{60000};
};

struct reaper_config {
  std::chrono::seconds after{86400};
};

struct writer_config {
  unsigned count = 1;

  /// 0: no limit.
  double max_files_per_second = 0;

  double creates_per_second = 100;
};

struct limits_config {
  uint64_t series = 1000000;

  /// Bytes.
  uint64_t payload = 64ull << 10;

  std::chrono::seconds future{60};
  std::chrono::seconds past{7 * 86400};

  /// Bytes.
  uint64_t disk_reserve = 1ull << 30;
};

struct http_config {
  /// "HOST:PORT" or "unix:/path".
  std::vector<std::string> listen{"127.0.0.1:8081"};

  std::string token_file;
  std::vector<std::string> hosts;
};

/// Not built yet: the loader refuses a configuration that switches it on.
struct rrdcached_config {
  /// "HOST:PORT" or "unix:/path".
  std::vector<std::string> listen;
};

/// Our nodes in a Janitoo network.
struct janitoo_config {
  bool enabled = false;

  /// Our address in the Janitoo network, e.g. "0014/0000"; empty: none.
  std::string hadd;

  std::string name;
  std::string location;
  std::chrono::seconds heartbeat{30};
  std::chrono::seconds config_timeout{3};

  /// How often the values of that name are published; 0: never.
  std::chrono::seconds count_values_poll{300};
  std::chrono::seconds count_series_poll{300};

  /// The address of the node that stands for the HTTP server; empty: none. The
  /// node of its pages has the next address.
  std::string http_hadd;

  std::string http_name;
  std::string http_location;
  std::chrono::seconds http_heartbeat{30};
  std::chrono::seconds http_config_timeout{3};

  /// Of the node of the pages.
  std::string resource_name;
  std::string resource_location;
  std::chrono::seconds resource_heartbeat{30};
  std::chrono::seconds resource_config_timeout{3};

  /// How often the address of the pages is published; 0: never.
  std::chrono::seconds resource_poll{1800};

  /// The time zone in which the original wrote its files; empty: UTC.
  std::string original_timezone;
};

/// The whole TOML file.
struct config {
  store_config store;
  mqtt_config mqtt;
  journal_config journal;
  cache_config cache;
  snapshot_config snapshot;
  reaper_config reaper;
  writer_config writer;
  limits_config limits;
  http_config http;
  rrdcached_config rrdcached;
  janitoo_config janitoo;
  rules_config rules;

  /// The file's text, which the journal keeps with the rules.
  std::string text;
};

} // namespace rrdflow

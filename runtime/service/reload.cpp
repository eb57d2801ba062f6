#include "runtime/service/reload.hpp"

#include "actors/base/printable.hpp"
#include "config/load.hpp"

#include <spdlog/spdlog.h>

#include <tuple>

namespace rrdflow {

namespace {

auto members(const store_config& x) {
  return std::tie(x.directory);
}

auto members(const tls_config& x) {
  return std::tie(x.ca_file, x.certificate_file, x.key_file);
}

auto members(const mqtt_config& x) {
  // retained comes with the rules.
  return std::tuple_cat(std::tie(x.broker, x.version, x.client_id, x.qos,
                                 x.session_expiry, x.username, x.password_file),
                        members(x.tls));
}

auto members(const journal_config& x) {
  return std::tie(x.segment_size, x.sync, x.sync_interval, x.max_size);
}

auto members(const cache_config& x) {
  // flush_after comes with the rules.
  return std::tie(x.shards, x.flush_jitter, x.memory, x.flush_on_stop);
}

auto members(const writer_config& x) {
  return std::tie(x.count, x.max_files_per_second, x.creates_per_second);
}

auto members(const limits_config& x) {
  // future and past come with the rules.
  return std::tie(x.series, x.payload, x.disk_reserve);
}

auto members(const http_config& x) {
  return std::tie(x.listen, x.token_file, x.hosts);
}

/// The rest of [janitoo] holds at once.
auto members(const janitoo_config& x) {
  return std::tie(x.enabled, x.hadd, x.http_hadd);
}

} // namespace

std::vector<std::string> changed_tables(const config& x, const config& y) {
  std::vector<std::string> result;
  auto compare = [&result](const char* table, const auto& a, const auto& b) {
    if (members(a) != members(b))
      result.emplace_back(table);
  };
  compare("store", x.store, y.store);
  compare("mqtt", x.mqtt, y.mqtt);
  compare("journal", x.journal, y.journal);
  compare("cache", x.cache, y.cache);
  compare("writer", x.writer, y.writer);
  compare("limits", x.limits, y.limits);
  compare("http", x.http, y.http);
  compare("janitoo", x.janitoo, y.janitoo);
  return result;
}

void log_run_time_values(const std::string& text, const std::string& file) {
  auto loaded = parse_joined_config(text, file);
  for (auto& x : loaded.set)
    spdlog::info("set at run time, whatever {} says: {}", file, printable(x));
  for (auto& x : loaded.left_out)
    spdlog::warn("set at run time, but left out: {}", printable(x));
}

} // namespace rrdflow

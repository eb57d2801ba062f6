#include "config/addresses.hpp"
#include "config/load_parts.hpp"

#include <algorithm>
#include <limits>

namespace rrdflow {

namespace {

using namespace std::chrono_literals;
using kind = toml_value::kind;

constexpr std::chrono::seconds year = 365 * 24h;
constexpr auto no_limit = std::numeric_limits<int64_t>::max();

// The table `key`, or an empty one.
const toml_value& section(table_reader& root, const char* key) {
  static const toml_value none;
  auto x = root.find(key, kind::table);
  return x ? *x : none;
}

// Reports `mistake`, if there is one, where `key` stands.
void check(table_reader& reader, const char* key, const std::string& mistake) {
  if (!mistake.empty())
    reader.issues().error(reader.place(key), std::string{key} + ": " + mistake);
}

void check_addresses(table_reader& reader,
                     const std::vector<listen_address>& listen) {
  for (auto& x : listen)
    if (!x.mistake.empty())
      reader.issues().error(reader.place("listen", x.text),
                            "listen: \"" + x.text + "\": " + x.mistake);
}

void check_zone(table_reader& reader, const char* key, const std::string& x) {
  if (!x.empty())
    check(reader, key, time_zone_mistake(x));
}

void load_mqtt(table_reader& root, mqtt_config& x) {
  table_reader reader{root.issues(), section(root, "mqtt"), "mqtt"};
  if (auto text = reader.find("broker", kind::string))
    x.broker = text->text;
  check(reader, "broker", x.broker.mistake);
  reader.read_word<int>("version", x.version, {{"5", 5}, {"3.1.1", 3}});
  reader.read("client_id", x.client_id);
  uint64_t qos = static_cast<uint64_t>(x.qos);
  reader.read("qos", qos, 0, 2);
  x.qos = static_cast<int>(qos);
  // The protocol has 32 bits for it.
  reader.read("session_expiry", x.session_expiry, 0s, 4294967295s);
  reader.read("username", x.username);
  reader.read("password_file", x.password_file);
  reader.read_word<retained_policy>("retained", x.retained,
                                    {{"ignore", retained_policy::ignore},
                                     {"if_newer", retained_policy::if_newer},
                                     {"accept", retained_policy::accept}});
  table_reader tls{reader.issues(), section(reader, "tls"), "mqtt.tls"};
  tls.read("ca_file", x.tls.ca_file);
  tls.read("certificate_file", x.tls.certificate_file);
  tls.read("key_file", x.tls.key_file);
  if (x.tls.certificate_file.empty() != x.tls.key_file.empty())
    check(reader, "tls", "certificate_file and key_file belong together");
  if (!x.broker.secure() && !(x.tls.ca_file + x.tls.certificate_file).empty())
    reader.issues().warning(reader.place("tls"),
                            "tls has no effect: the broker's scheme is not "
                            "ssl, mqtts or wss");
  tls.finish();
  reader.finish();
}

void load_journal(table_reader& root, journal_config& x) {
  table_reader reader{root.issues(), section(root, "journal"), "journal"};
  reader.read_size("segment_size", x.segment_size, 64 << 10);
  reader.read_size("max_size", x.max_size, 64 << 10);
  if (x.max_size < x.segment_size)
    check(reader, "max_size", "it is below segment_size");
  auto sync = reader.find("sync");
  if (sync && sync->text == "always")
    x.sync = sync_policy::always;
  else if (sync && sync->text == "never")
    x.sync = sync_policy::never;
  else
    reader.read("sync", x.sync_interval, 1ms, 1h);
  reader.finish();
}

void load_cache(table_reader& root, cache_config& x) {
  table_reader reader{root.issues(), section(root, "cache"), "cache"};
  uint64_t shards = x.shards;
  reader.read("shards", shards, 0, 1024);
  x.shards = static_cast<unsigned>(shards);
  reader.read("flush_after", x.flush_after, 0s, year);
  reader.read("flush_jitter", x.flush_jitter, 0s, year);
  reader.read_size("memory", x.memory, 1 << 20);
  reader.read("flush_on_stop", x.flush_on_stop);
  reader.finish();
}

void load_writer(table_reader& root, writer_config& x) {
  table_reader reader{root.issues(), section(root, "writer"), "writer"};
  uint64_t count = x.count;
  reader.read("count", count, 1, 1024);
  x.count = static_cast<unsigned>(count);
  reader.read("max_files_per_second", x.max_files_per_second);
  if (x.max_files_per_second < 0)
    check(reader, "max_files_per_second", "it is below 0");
  reader.read("creates_per_second", x.creates_per_second);
  if (x.creates_per_second <= 0)
    check(reader, "creates_per_second", "it must be above 0");
  reader.finish();
}

void load_limits(table_reader& root, config& conf) {
  auto& x = conf.limits;
  table_reader reader{root.issues(), section(root, "limits"), "limits"};
  reader.read("series", x.series, 1, no_limit);
  reader.read_size("payload", x.payload, 1);
  if (x.payload > 256 << 20)
    check(reader, "payload", "MQTT has none above 256 MiB");
  else if (x.payload + (64 << 10) + 4096 > conf.journal.segment_size
           && x.payload > conf.journal.segment_size / 2)
    check(reader, "payload", "it does not fit into journal.segment_size");
  reader.read("future", x.future, 0s, year);
  reader.read("past", x.past, 0s, 10 * year);
  reader.read_size("disk_reserve", x.disk_reserve, 0);
  reader.finish();
}

void load_http(table_reader& root, http_config& x) {
  table_reader reader{root.issues(), section(root, "http"), "http"};
  std::vector<std::string> listen;
  for (auto& address : x.listen)
    listen.push_back(address.text);
  reader.read("listen", listen);
  x.listen.assign(listen.begin(), listen.end());
  check_addresses(reader, x.listen);
  reader.read("token_file", x.token_file);
  if (x.token_file.empty())
    for (auto& address : x.listen)
      if (address.mistake.empty() && !address.local())
        reader.issues().error(
          reader.place("listen", address.text),
          "listen: \"" + address.text
            + "\" can be reached from outside: this needs a "
              "token_file");
  reader.read("hosts", x.hosts);
  reader.finish();
}

void load_rrdcached(table_reader& root, rrdcached_config& x) {
  table_reader reader{root.issues(), section(root, "rrdcached"), "rrdcached"};
  reader.read("listen", x.listen);
  if (!x.listen.empty())
    check(reader, "listen", "the rrdcached protocol is not built yet");
  reader.finish();
}

void load_janitoo(table_reader& root, janitoo_config& x) {
  table_reader reader{root.issues(), section(root, "janitoo"), "janitoo"};
  reader.read("enabled", x.enabled);
  for (auto [key, address] :
       {std::pair{"hadd", &x.hadd}, std::pair{"http_hadd", &x.http_hadd}}) {
    reader.read(key, *address);
    if (!address->empty() && !is_janitoo_address(*address))
      check(reader, key, "it is not like \"0014/0000\"");
  }
  reader.read("name", x.name);
  reader.read("location", x.location);
  reader.read("heartbeat", x.heartbeat, 1s, year);
  reader.read("config_timeout", x.config_timeout, 0s, year);
  reader.read("count_values_poll", x.count_values_poll, 0s, year);
  reader.read("count_series_poll", x.count_series_poll, 0s, year);
  reader.read("http_name", x.http_name);
  reader.read("http_location", x.http_location);
  reader.read("http_heartbeat", x.http_heartbeat, 1s, year);
  reader.read("http_config_timeout", x.http_config_timeout, 0s, year);
  reader.read("resource_name", x.resource_name);
  reader.read("resource_location", x.resource_location);
  reader.read("resource_heartbeat", x.resource_heartbeat, 1s, year);
  reader.read("resource_config_timeout", x.resource_config_timeout, 0s, year);
  reader.read("resource_poll", x.resource_poll, 0s, year);
  reader.read("original_timezone", x.original_timezone);
  check_zone(reader, "original_timezone", x.original_timezone);
  reader.finish();
}

} // namespace

void load_service(table_reader& root, config& x) {
  auto& issues = root.issues();
  table_reader store{issues, section(root, "store"), "store"};
  store.read("directory", x.store.directory);
  if (x.store.directory.empty())
    check(store, "directory", "it is empty");
  store.finish();
  load_mqtt(root, x.mqtt);
  load_journal(root, x.journal);
  load_cache(root, x.cache);
  table_reader snapshot{issues, section(root, "snapshot"), "snapshot"};
  snapshot.read("every", x.snapshot.every, 100ms, 24h);
  snapshot.finish();
  table_reader reaper{issues, section(root, "reaper"), "reaper"};
  reaper.read("after", x.reaper.after, 1s, 10 * year);
  reaper.finish();
  load_writer(root, x.writer);
  load_limits(root, x);
  load_http(root, x.http);
  load_rrdcached(root, x.rrdcached);
  load_janitoo(root, x.janitoo);
}

} // namespace rrdflow

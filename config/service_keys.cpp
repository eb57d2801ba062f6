#include "config/addresses.hpp"
#include "config/keys.hpp"
#include "config/lint.hpp"
#include "config/units.hpp"

#include <limits>

namespace rrdflow {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds year = 365 * 24h;
/// Bytes that a payload of MQTT can have, about.
constexpr uint64_t max_payload = 256 << 20;

constexpr auto no_limit = std::numeric_limits<int64_t>::max();

std::string mistake_of_empty(const std::string& x) {
  return x.empty() ? "it is empty" : "";
}

const key_table<store_config> store_keys{
  "store",
  "",
  {
    {"directory", &store_config::directory, text(mistake_of_empty),
     "Holds rrd/, journal/, snapshot/ and the catalog. One process at a time."},
  }};

const key_table<tls_config> tls_keys{
  "mqtt.tls",
  "For ssl, mqtts and wss.",
  {
    {"ca_file", &tls_config::ca_file, text(),
     "Who may sign the broker's certificate; \"\": those that the system "
     "trusts."},
    {"certificate_file", &tls_config::certificate_file, text(),
     "The client's certificate and its key, if the broker asks for one."},
    {"key_file", &tls_config::key_file, text(), ""},
  }};

void finish_mqtt(const table_view& table, mqtt_config& x) {
  if (x.tls.certificate_file.empty() != x.tls.key_file.empty())
    table.error("tls", "certificate_file and key_file belong together");
  if (!x.broker.secure() && !(x.tls.ca_file + x.tls.certificate_file).empty())
    table.issues.warning(table.place("tls"),
                         "tls has no effect: the broker's scheme is not ssl, "
                         "mqtts or wss");
}

const key_table<mqtt_config> mqtt_keys{
  "mqtt",
  "",
  {
    {"broker", &mqtt_config::broker, parsed<broker_address>(),
     "tcp:// or mqtt://, ssl:// or mqtts://, ws://, wss://; or \"embedded\": "
     "starts a private mosquitto on loopback."},
    {"version", &mqtt_config::version, words<int>({{"5", 5}, {"3.1.1", 3}}),
     "MQTT version: \"5\" or \"3.1.1\"."},
    {"client_id", &mqtt_config::client_id, text(),
     "\"\": made once and kept in the store. Two clients with one id "
     "disconnect each other."},
    {"qos", &mqtt_config::qos, integer<int>(0, 2),
     "0, 1 or 2. With 0, messages are lost that the broker sends while "
     "rrdflow is away."},
    // The protocol has 32 bits for it.
    {"session_expiry", &mqtt_config::session_expiry, seconds(0s, 4294967295s),
     "How long the broker keeps messages while rrdflow is away."},
    {"username", &mqtt_config::username, text(), ""},
    {"password_file", &mqtt_config::password_file, text(),
     "A file with the password. Secrets that all users may read are refused."},
    key<mqtt_config>{
      "retained", &mqtt_config::retained,
      words<retained_policy>({{"ignore", retained_policy::ignore},
                              {"if_newer", retained_policy::if_newer},
                              {"accept", retained_policy::accept}}),
      "Messages that the broker had retained, which it sends at "
      "each subscription: \"ignore\"; \"if_newer\" than the series' last "
      "reading, by the payload's "
      "time (those without one are ignored); \"accept\"."}
      .by_record(),
    {&mqtt_config::tls, tls_keys},
  },
  finish_mqtt};

/// A duration, or one of two words.
value_type<journal_config> sync() {
  value_type<journal_config> result;
  auto interval = milliseconds(1ms, 1h);
  result.read = [=](auto& issues, auto& name, auto& x, auto& out) {
    auto word = x.text == "always" || x.text == "never";
    if (word)
      out.sync = x.text == "always" ? sync_policy::always : sync_policy::never;
    return word || interval.read(issues, name, x, out.sync_interval);
  };
  result.print = [=](auto& x) -> std::string {
    if (x.sync == sync_policy::interval)
      return interval.print(x.sync_interval);
    return x.sync == sync_policy::always ? "\"always\"" : "\"never\"";
  };
  return result;
}

void finish_journal(const table_view& table, journal_config& x) {
  if (x.max_size < x.segment_size)
    table.error("max_size", "it is below segment_size");
}

const key_table<journal_config> journal_keys{
  "journal",
  "",
  {
    {"segment_size", &journal_config::segment_size, size(64 << 10),
     "Messages wait here until they are in files. A segment's size; must hold "
     "the largest payload eight times."},
    {"sync", sync(),
     "How much a power cut may cost: the time between two syncs, \"always\" "
     "(nothing, but slow) or \"never\" (what the system has not written yet)."},
    {"max_size", &journal_config::max_size, size(64 << 10),
     "Above it intake stalls, and messages wait in the broker."},
  },
  finish_journal};

const key_table<cache_config> cache_keys{
  "cache",
  "",
  {
    {"shards", &cache_config::shards, integer<unsigned>(0, 1024),
     "0: one per core. Each has a writer of its own."},
    key<cache_config>{"flush_after", &cache_config::flush_after,
                      seconds(0s, year),
                      "How long a reading waits before it goes to its file..."}
      .by_record()
      .set_by("datarrd", "cache_rrd_ttl"),
    {"flush_jitter", &cache_config::flush_jitter, seconds(0s, year),
     "...and up to how much longer: spreads the files over time."},
    {"memory", &cache_config::memory, size(1 << 20),
     "Above it the oldest rows are written early, then the journal waits."},
    {"flush_on_stop", &cache_config::flush_on_stop, boolean(),
     "Write everything at the end. Not needed: what waits is kept in the "
     "store."},
  }};

const key_table<snapshot_config> snapshot_keys{
  "snapshot",
  "",
  {
    key<snapshot_config>{"every", &snapshot_config::every,
                         milliseconds(100ms, 24h),
                         "A start repeats what came since the last snapshot. "
                         "None is taken before the journal grew by half the "
                         "last one's size."}
      .on_reload()
      .set_by("datarrd", "cache_pickle_ttl"),
  }};

const key_table<reaper_config> reaper_keys{
  "reaper",
  "",
  {
    key<reaper_config>{"after", &reaper_config::after, seconds(1s, 10 * year),
                       "A series without a reading for so long leaves memory "
                       "and index.txt. Its file stays, and so does its place "
                       "in lists and graphs."}
      .on_reload()
      .set_by("datarrd", "cache_dead_ttl"),
  }};

const key_table<writer_config> writer_keys{
  "writer",
  "",
  {
    key<writer_config>::retired(
      "count", "it has no effect, there is one writer for each shard: see "
               "cache.shards"),
    {"max_files_per_second", &writer_config::max_files_per_second,
     number([](double x) { return x < 0 ? "0 or above" : ""; }),
     "Limits the load on slow disks; 0: no limit. A flush on request is "
     "exempt."},
    {"creates_per_second", &writer_config::creates_per_second,
     number([](double x) { return x > 0 ? "" : "above 0"; }),
     "New files wait for their turn; none is dropped."},
  }};

void finish_limits(const table_view& table, limits_config& x) {
  if (x.payload > max_payload)
    table.error("payload", "MQTT has none above 256 MiB");
}

const key_table<limits_config> limits_keys{
  "limits",
  "",
  {
    key<limits_config>{"series", &limits_config::series, integer(1, no_limit),
                       "Further ones are refused; so are payloads that are "
                       "longer."},
    {"payload", &limits_config::payload, size(1), ""},
    key<limits_config>{
      "future", &limits_config::future, seconds(0s, year),
      "Readings of times that are further ahead or back are refused."}
      .by_record(),
    key<limits_config>{"past", &limits_config::past, seconds(0s, 10 * year), ""}
      .by_record(),
    {"disk_reserve", &limits_config::disk_reserve, size(0),
     "With less free space than this, no file is created and intake stalls."},
  },
  finish_limits};

void finish_http(const table_view& table, http_config& x) {
  for (auto& address : x.listen)
    if (address.mistake.empty() && !address.local() && x.token_file.empty())
      table.issues.error(table.place("listen", address.text),
                         "listen: \"" + address.text
                           + "\" can be reached from outside: this needs a "
                             "token_file");
}

const key_table<http_config> http_keys{
  "http",
  "",
  {
    {"listen", &http_config::listen, parsed_list<listen_address>(),
     "\"HOST:PORT\" (port 0: any), \"[::1]:PORT\", \"*:PORT\" (every "
     "interface) "
     "or \"unix:/path\". The first is where the client verbs (list, fetch, "
     "flush...) talk to the service."},
    {"token_file", &http_config::token_file, text(),
     "A file with a token that requests must carry: as \"Authorization: "
     "Bearer\", or as the password of Basic. Needed for addresses that others "
     "can reach."},
    {"hosts", &http_config::hosts, texts(),
     "Host names that a reverse proxy uses. There is no TLS here: let a proxy "
     "do it."},
  },
  finish_http};

void finish_rrdcached(const table_view& table, rrdcached_config& x) {
  if (!x.listen.empty())
    table.error("listen", "the rrdcached protocol is not built yet");
}

const key_table<rrdcached_config> rrdcached_keys{
  "rrdcached",
  "Not built yet: leave it empty.",
  {
    {"listen", &rrdcached_config::listen, texts(),
     "e.g. [\"unix:/run/rrdflow/rrdcached.sock\", \"127.0.0.1:42217\"]"},
  },
  finish_rrdcached};

std::string hadd_mistake(const std::string& x) {
  return x.empty() || is_janitoo_address(x) ? ""
                                            : "it is not like \"0014/0000\"";
}

/// The keys of which a controller can set the values in `at_node`.
key<janitoo_config>
janitoo_seconds(const char* name, std::chrono::seconds janitoo_config::*member,
                std::chrono::seconds min, const char* at_node, const char* as,
                const char* about = "") {
  return key<janitoo_config>{name, member, seconds(min, year), about}
    .on_reload()
    .set_by(at_node, as);
}

key<janitoo_config>
janitoo_text(const char* name, std::string janitoo_config::*member,
             const char* at_node, const char* as) {
  return key<janitoo_config>{name, member, text(), ""}.on_reload().set_by(
    at_node, as);
}

const key_table<janitoo_config> janitoo_keys{
  "janitoo",
  "Being nodes of a Janitoo network: a controller, and a node for each [[rrd]] "
  "that has an address. The payload format \"janitoo\" and [[rrd]] sources "
  "work "
  "without it. Who may publish to the broker may ask and set values: the "
  "broker's access list is the only guard.",
  {
    {"enabled", &janitoo_config::enabled, boolean(), ""},
    {"hadd", &janitoo_config::hadd, text(hadd_mistake),
     "The controller's address, e.g. \"0014/0000\"; those of [[rrd]] begin "
     "with the same "
     "number."},
    janitoo_text("name", &janitoo_config::name, "datarrd", "name"),
    janitoo_text("location", &janitoo_config::location, "datarrd", "location"),
    janitoo_seconds("heartbeat", &janitoo_config::heartbeat, 1s, "datarrd",
                    "heartbeat", "How often a node says that it is alive."),
    janitoo_seconds("config_timeout", &janitoo_config::config_timeout, 0s,
                    "datarrd", "config_timeout"),
    janitoo_seconds("count_values_poll", &janitoo_config::count_values_poll, 0s,
                    "datarrd", "count_values_poll",
                    "How often count_values and count_series are published; "
                    "\"0s\": never."),
    janitoo_seconds("count_series_poll", &janitoo_config::count_series_poll, 0s,
                    "datarrd", "count_series_poll"),
    {"http_hadd", &janitoo_config::http_hadd, text(hadd_mistake),
     "The address of the web server's node, e.g. \"0018/0000\"."},
    janitoo_text("http_name", &janitoo_config::http_name, "http", "name"),
    janitoo_text("http_location", &janitoo_config::http_location, "http",
                 "location"),
    janitoo_seconds("http_heartbeat", &janitoo_config::http_heartbeat, 1s,
                    "http", "heartbeat"),
    janitoo_seconds("http_config_timeout", &janitoo_config::http_config_timeout,
                    0s, "http", "config_timeout"),
    key<janitoo_config>{"resource_name", &janitoo_config::resource_name, text(),
                        "The node of the pages has the next address, e.g. "
                        "\"0018/0001\"."}
      .on_reload()
      .set_by("http__rrd", "name"),
    janitoo_text("resource_location", &janitoo_config::resource_location,
                 "http__rrd", "location"),
    janitoo_seconds("resource_heartbeat", &janitoo_config::resource_heartbeat,
                    1s, "http__rrd", "heartbeat"),
    janitoo_seconds("resource_config_timeout",
                    &janitoo_config::resource_config_timeout, 0s, "http__rrd",
                    "config_timeout"),
    janitoo_seconds("resource_poll", &janitoo_config::resource_poll, 0s,
                    "http__rrd", "resource_poll"),
    key<janitoo_config>{
      "original_timezone", &janitoo_config::original_timezone,
      text([](auto& x) { return x.empty() ? x : time_zone_mistake(x); }),
      "The time zone in whose local time the original wrote its files, e.g. "
      "\"Europe/Paris\". A file whose last update is ahead of now for that "
      "reason is named at the start, and its values are refused until that "
      "time is over; or convert it: rrdflow import-janitoo --convert OLD.rrd "
      "--timezone Europe/Paris"},
  }};

/// What no table can know alone.
void finish_document(const table_view& root, config_document& x) {
  // A segment must hold the largest message several times over.
  auto needed = 8 * (x.limits.payload + 65536);
  if (x.limits.payload <= max_payload && x.journal.segment_size < needed) {
    auto limits = root.value.find("limits");
    auto journal = root.value.find("journal");
    auto payload = limits ? limits->find("payload") : nullptr;
    auto segment = journal ? journal->find("segment_size") : nullptr;
    auto place = payload ? payload->at : segment ? segment->at : root.value.at;
    root.issues.error(place, "limits.payload: journal.segment_size must be at "
                             "least "
                               + print_size(needed) + " for it");
  }
  check_names(root, x);
  lint(root, x);
  x.rules.rules.assign(x.rule.begin(), x.rule.end());
  x.rules.rrds.assign(x.rrd.begin(), x.rrd.end());
  x.rules.flush_after = x.cache.flush_after;
}

} // namespace

const key_table<config_document>& config_keys() {
  using document = config_document;
  static const key_table<document> result{
    "",
    "",
    {
      {&document::store, store_keys},
      {&document::mqtt, mqtt_keys},
      {&document::journal, journal_keys},
      {&document::cache, cache_keys},
      {&document::snapshot, snapshot_keys},
      {&document::reaper, reaper_keys},
      {&document::writer, writer_keys},
      {&document::limits, limits_keys},
      {&document::http, http_keys},
      {&document::rrdcached, rrdcached_keys},
      {&document::janitoo, janitoo_keys},
      {"rule", &document::rule, rule_keys()},
      {"rrd", &document::rrd, rrd_keys()},
    },
    finish_document};
  return result;
}

} // namespace rrdflow

#define CAF_SUITE rrdflow_toml

#include "config/load.hpp"
#include "config/load_report.hpp"
#include "config/toml_value.hpp"
#include "tests/config/issues.hpp"
#include "tests/test.hpp"

#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

using namespace rrdflow;
using namespace rrdflow::test;

using strings = std::vector<std::string>;

namespace {

std::string file_text() {
  std::ifstream in{RRDFLOW_TOML};
  std::stringstream result;
  result << in.rdbuf();
  return result.str();
}

/// The file with its examples: lines with a "#" in front of something else than
/// a space. Elements of lists are indented by two spaces.
std::string text_with_examples() {
  std::istringstream in{file_text()};
  std::string result, line;
  while (std::getline(in, line)) {
    if (line.size() > 1 && line[0] == '#'
        && (line[1] != ' ' || line.compare(0, 3, "#  ") == 0))
      line.erase(0, 1);
    result += line + '\n';
  }
  return result;
}

/// Adds the paths of all keys; those of tables in an array come together.
void collect_keys(const toml_value& x, const std::string& above,
                  std::set<std::string>& out) {
  for (auto& item : x.items)
    collect_keys(item, above, out);
  for (auto& member : x.members) {
    auto path = above.empty() ? member.key : above + '.' + member.key;
    // Its keys are words.
    out.insert(path);
    if (path != "rule.map")
      collect_keys(member.value, path, out);
  }
}

} // namespace

CAF_TEST(the file has no mistakes) {
  auto x = load_config(RRDFLOW_TOML);
  CAF_CHECK_EQUAL(lines(x.errors), strings{});
  CAF_CHECK_EQUAL(x.warnings.size(), 1u); // no rules
  x = parse_config(text_with_examples(), "");
  CAF_CHECK_EQUAL(lines(x.errors), strings{});
  CAF_CHECK_EQUAL(lines(x.warnings), strings{});
  CAF_CHECK_EQUAL(x.value.rules.rules.size(), 2u);
  CAF_CHECK_EQUAL(x.value.rules.rrds.size(), 1u);
}

CAF_TEST(each key that the loader knows is documented and no other) {
  std::set<std::string> documented;
  auto document = parse_toml(text_with_examples());
  CAF_REQUIRE(document.good);
  collect_keys(document.root, "", documented);
  CAF_CHECK_EQUAL(documented, known_config_keys());
}

CAF_TEST(the values of the service are the defaults) {
  auto x = load_config(RRDFLOW_TOML).value;
  rrdflow::config y;
  CAF_CHECK_EQUAL(x.store.directory, y.store.directory);
  CAF_CHECK(x.mqtt.broker == y.mqtt.broker);
  CAF_CHECK_EQUAL(x.mqtt.version, y.mqtt.version);
  CAF_CHECK_EQUAL(x.mqtt.client_id, y.mqtt.client_id);
  CAF_CHECK_EQUAL(x.mqtt.qos, y.mqtt.qos);
  CAF_CHECK_EQUAL(x.mqtt.session_expiry.count(), y.mqtt.session_expiry.count());
  CAF_CHECK_EQUAL(x.mqtt.username, y.mqtt.username);
  CAF_CHECK_EQUAL(x.mqtt.password_file, y.mqtt.password_file);
  CAF_CHECK(x.mqtt.retained == y.mqtt.retained);
  CAF_CHECK_EQUAL(x.mqtt.tls.ca_file, y.mqtt.tls.ca_file);
  CAF_CHECK_EQUAL(x.mqtt.tls.certificate_file, y.mqtt.tls.certificate_file);
  CAF_CHECK_EQUAL(x.mqtt.tls.key_file, y.mqtt.tls.key_file);
  CAF_CHECK_EQUAL(x.journal.segment_size, y.journal.segment_size);
  CAF_CHECK(x.journal.sync == y.journal.sync);
  CAF_CHECK_EQUAL(x.journal.sync_interval.count(),
                  y.journal.sync_interval.count());
  CAF_CHECK_EQUAL(x.journal.max_size, y.journal.max_size);
  CAF_CHECK_EQUAL(x.cache.shards, y.cache.shards);
  CAF_CHECK_EQUAL(x.cache.flush_after.count(), y.cache.flush_after.count());
  CAF_CHECK_EQUAL(x.cache.flush_jitter.count(), y.cache.flush_jitter.count());
  CAF_CHECK_EQUAL(x.cache.memory, y.cache.memory);
  CAF_CHECK_EQUAL(x.cache.flush_on_stop, y.cache.flush_on_stop);
  CAF_CHECK_EQUAL(x.snapshot.every.count(), y.snapshot.every.count());
  CAF_CHECK_EQUAL(x.reaper.after.count(), y.reaper.after.count());
  CAF_CHECK_EQUAL(x.writer.count, y.writer.count);
  CAF_CHECK_EQUAL(x.writer.max_files_per_second, y.writer.max_files_per_second);
  CAF_CHECK_EQUAL(x.writer.creates_per_second, y.writer.creates_per_second);
  CAF_CHECK_EQUAL(x.limits.series, y.limits.series);
  CAF_CHECK_EQUAL(x.limits.payload, y.limits.payload);
  CAF_CHECK_EQUAL(x.limits.future.count(), y.limits.future.count());
  CAF_CHECK_EQUAL(x.limits.past.count(), y.limits.past.count());
  CAF_CHECK_EQUAL(x.limits.disk_reserve, y.limits.disk_reserve);
  CAF_CHECK(x.http.listen == y.http.listen);
  CAF_CHECK_EQUAL(x.http.token_file, y.http.token_file);
  CAF_CHECK_EQUAL(x.http.hosts, y.http.hosts);
  CAF_CHECK_EQUAL(x.rrdcached.listen, y.rrdcached.listen);
  CAF_CHECK_EQUAL(x.janitoo.enabled, y.janitoo.enabled);
  CAF_CHECK_EQUAL(x.janitoo.hadd, y.janitoo.hadd);
  CAF_CHECK_EQUAL(x.janitoo.name, y.janitoo.name);
  CAF_CHECK_EQUAL(x.janitoo.location, y.janitoo.location);
  CAF_CHECK_EQUAL(x.janitoo.heartbeat.count(), y.janitoo.heartbeat.count());
  CAF_CHECK_EQUAL(x.janitoo.config_timeout.count(),
                  y.janitoo.config_timeout.count());
  CAF_CHECK_EQUAL(x.janitoo.count_values_poll.count(),
                  y.janitoo.count_values_poll.count());
  CAF_CHECK_EQUAL(x.janitoo.count_series_poll.count(),
                  y.janitoo.count_series_poll.count());
  CAF_CHECK_EQUAL(x.janitoo.http_hadd, y.janitoo.http_hadd);
  CAF_CHECK_EQUAL(x.janitoo.http_name, y.janitoo.http_name);
  CAF_CHECK_EQUAL(x.janitoo.http_location, y.janitoo.http_location);
  CAF_CHECK_EQUAL(x.janitoo.http_heartbeat.count(),
                  y.janitoo.http_heartbeat.count());
  CAF_CHECK_EQUAL(x.janitoo.http_config_timeout.count(),
                  y.janitoo.http_config_timeout.count());
  CAF_CHECK_EQUAL(x.janitoo.resource_name, y.janitoo.resource_name);
  CAF_CHECK_EQUAL(x.janitoo.resource_location, y.janitoo.resource_location);
  CAF_CHECK_EQUAL(x.janitoo.resource_heartbeat.count(),
                  y.janitoo.resource_heartbeat.count());
  CAF_CHECK_EQUAL(x.janitoo.resource_config_timeout.count(),
                  y.janitoo.resource_config_timeout.count());
  CAF_CHECK_EQUAL(x.janitoo.resource_poll.count(),
                  y.janitoo.resource_poll.count());
  CAF_CHECK_EQUAL(x.janitoo.original_timezone, y.janitoo.original_timezone);
}

CAF_TEST(the first rule shows the defaults) {
  auto shown = parse_config(text_with_examples(), "").value.rules;
  auto shortest
    = parse_config("[[rule]]\nname='plant'\ntopics=['sensors/+/+/+']\n"
                   "[[rrd]]\nname='memory_rss'\n"
                   "sources=[{topic='a',label='hostsensor'}]",
                   "")
        .value.rules;
  auto& x = shown.rules.at(0);
  auto& y = shortest.rules.at(0);
  CAF_CHECK_EQUAL(x.name, y.name);
  CAF_CHECK_EQUAL(x.topics, y.topics);
  CAF_CHECK_EQUAL(x.exclude, y.exclude);
  CAF_CHECK_EQUAL(x.drop, y.drop);
  CAF_CHECK(x.format == y.format);
  CAF_CHECK_EQUAL(x.series.text, y.series.text);
  CAF_CHECK_EQUAL(x.shared, y.shared);
  CAF_CHECK_EQUAL(x.time, y.time);
  CAF_CHECK_EQUAL(x.timezone, y.timezone);
  CAF_CHECK_EQUAL(x.max_series, y.max_series);
  CAF_CHECK(x.map == y.map);
  CAF_CHECK_EQUAL(x.only, y.only);
  CAF_CHECK(*x.definition == *y.definition);
  auto& file = *shown.rrds.at(0).definition;
  auto& other = *shortest.rrds.at(0).definition;
  CAF_CHECK_EQUAL(file.step, other.step);
  CAF_CHECK_EQUAL(file.lateness, other.lateness);
  CAF_CHECK(file.archives == other.archives);
  CAF_CHECK(file.sources.at(0) == other.sources.at(0));
  CAF_CHECK_EQUAL(shown.rrds[0].heartbeat_period.count(),
                  shortest.rrds[0].heartbeat_period.count());
}

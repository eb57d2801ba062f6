#include "runtime/cli/janitoo_import.hpp"

#include "runtime/cli/janitoo_conf.hpp"
#include "runtime/cli/janitoo_datasource.hpp"
#include "runtime/cli/toml_text.hpp"

#include <utility>

namespace rrdflow {

namespace {

constexpr int64_t year = 365 * 86400;

bool starts_with(const std::string& x, const char* prefix) {
  return x.rfind(prefix, 0) == 0;
}

std::string at_line(unsigned line) {
  return "Line " + std::to_string(line) + ": ";
}

void write_head(toml_text& out, const std::string& file,
                const std::string& hadd, const std::string& home) {
  out.comment("Made by rrdflow import-janitoo of " + file + ".");
  out.comment("");
  out.comment("Before you stop the original, have it write what it keeps in "
              "memory:");
  out.comment("  jnt_query query --hadd " + hadd
              + " --genre basic --uuid actions --cmdclass 4176 --data flush "
                "--writeonly True");
  out.comment("Then stop it, and copy its files, "
              + (home.empty() ? std::string{"<home_dir>"} : home)
              + "/public/rrd/rrds/*.rrd, to <store>/rrd/.");
  out.comment("They are in local time: either set original_timezone below, or "
              "convert them:");
  out.comment("  rrdflow import-janitoo --convert OLD.rrd --timezone "
              "Europe/Paris -o NEW.rrd");
  out.line("");
}

void write_broker(toml_text& out, conf_reader& system) {
  auto host = system.text("broker_ip", "127.0.0.1");
  if (host.find(':') != std::string::npos && host.front() != '[')
    host = '[' + host + ']';
  out.line("[mqtt]");
  auto port = system.number("broker_port", 1883, 1, 65535);
  out.string("broker", "tcp://" + host + ':' + std::to_string(port));
  out.string_if("username", system.text("broker_user"));
  if (auto password = system.find("broker_password"))
    out.comment(at_line(password->line)
                + "the password goes into a file: password_file = \"...\"");
}

void write_times(toml_text& out, conf_reader& bus) {
  out.table("[cache]");
  out.seconds("flush_after", bus.number("cache_rrd_ttl_0", 3600, 0, year));
  out.table("[snapshot]");
  out.seconds("every", bus.number("cache_pickle_ttl_0", 60, 1, 86400));
  out.table("[reaper]");
  out.seconds("after", bus.number("cache_dead_ttl_0", 86400, 1, 10 * year));
}

void write_http(toml_text& out, conf_reader& http) {
  auto host = http.text("http_host_0", "localhost");
  auto port = std::to_string(http.number("http_port_0", 8081, 1, 65535));
  out.table("[http]");
  if (host != "localhost" && host != "127.0.0.1") {
    auto listen = toml_quoted((host == "*" ? "0.0.0.0" : host) + ':' + port);
    out.comment(at_line(http.find("http_host_0")->line) + "it was " + listen
                + ". What others can reach needs a token_file:");
    out.comment("listen = [" + listen + ']');
    out.comment("token_file = \"...\"");
  }
  out.line("listen = [" + toml_quoted("127.0.0.1:" + port) + ']');
}

/// A duration that is only written if the .conf has it.
void copy_seconds(toml_text& out, const std::string& to, conf_reader& from,
                  const std::string& key, int64_t min) {
  if (from.find(key) != nullptr)
    out.seconds(to, from.number(key, min, min, year));
}

void write_node(toml_text& out, janitoo_conf& conf, conf_reader& bus,
                conf_reader& http) {
  out.table("[janitoo]");
  auto hadd = bus.address("hadd");
  auto enabled = bus.flag("auto_start", false);
  if (bus && hadd.empty() && bus.find("hadd") == nullptr)
    bus.error("hadd", "it is missing");
  if (bus && !enabled) {
    auto entry = bus.find("auto_start");
    out.comment((entry != nullptr ? at_line(entry->line) : std::string{})
                + "without auto_start the original did not run.");
  }
  out.line(std::string{"enabled = "} + (enabled ? "true" : "false"));
  out.string_if("hadd", hadd);
  out.string_if("name", bus.text("name"));
  out.string_if("location", bus.text("location"));
  copy_seconds(out, "heartbeat", bus, "heartbeat", 1);
  copy_seconds(out, "config_timeout", bus, "config_timeout", 0);
  copy_seconds(out, "count_values_poll", bus, "count_values_poll_0", 0);
  copy_seconds(out, "count_series_poll", bus, "count_series_poll_0", 0);
  auto http_hadd = http.address("hadd");
  if (http && !http.flag("auto_start", false) && !http_hadd.empty()) {
    out.comment("[http] has no auto_start: it was no node.");
    http_hadd.clear();
  }
  out.string_if("http_hadd", http_hadd);
  out.string_if("http_name", http.text("name"));
  out.string_if("http_location", http.text("location"));
  copy_seconds(out, "http_heartbeat", http, "heartbeat", 1);
  copy_seconds(out, "http_config_timeout", http, "config_timeout", 0);
  conf_reader page{conf, conf.find("http__rrd")};
  out.string_if("resource_name", page.text("name"));
  out.string_if("resource_location", page.text("location"));
  copy_seconds(out, "resource_heartbeat", page, "heartbeat", 1);
  copy_seconds(out, "resource_config_timeout", page, "config_timeout", 0);
  copy_seconds(out, "resource_poll", page, "resource_poll_0", 0);
  if (auto entry = page.find("hadd");
      entry != nullptr && !http_hadd.empty()
      && entry->value != http_hadd.substr(0, http_hadd.find('/')) + "/0001")
    out.comment(at_line(entry->line) + "the node of the pages has the address "
                + http_hadd.substr(0, http_hadd.find('/')) + "/0001 here.");
  out.comment("original_timezone = \"Europe/Paris\"");
}

/// Components without a section were no nodes.
void use_components(janitoo_conf& conf) {
  for (auto& section : conf.sections)
    for (auto& [key, entry] : section.keys)
      if (starts_with(key, "components."))
        entry.used = conf.find(section.name + "__" + key.substr(11)) != nullptr;
}

/// Why a key is not needed here.
const char* reason_for(const conf_section& section, const std::string& key) {
  if (section.name == "system") {
    if (key == "user" || key == "service" || key == "pid_dir"
        || key == "log_dir")
      return "systemd's part here";
    if (key == "broker_keepalive")
      return "60 s here";
    if (key == "home_dir" || key == "cache_dir" || key == "conf_dir")
      return "see store.directory";
  }
  if (starts_with(key, "source_config_"))
    return "behind a gap, where the original did not look";
  if (starts_with(key, "components."))
    return "it has no section, and was no node";
  if (key == "uuid" || key == "loop_sleep" || key == "slow_start"
      || key == "gc_delay" || key == "hourly_timer")
    return "of no use here";
  return "it has no counterpart here";
}

void write_rest(toml_text& out, const janitoo_conf& conf) {
  auto first = true;
  auto add = [&](unsigned line, const std::string& text) {
    if (std::exchange(first, false)) {
      out.line("");
      out.comment("Not carried over:");
    }
    out.comment("  line " + std::to_string(line) + ": " + text);
  };
  for (auto& section : conf.sections) {
    if (!section.used) {
      add(section.line, '[' + section.name + "]: it has no counterpart here");
      continue;
    }
    for (auto& [key, entry] : section.keys)
      if (!entry.used)
        add(entry.line,
            '[' + section.name + "] " + key + ": " + reason_for(section, key));
  }
}

} // namespace

janitoo_translation
import_janitoo(std::string_view text, const std::string& file) {
  auto conf = parse_janitoo_conf(text, file);
  conf_reader system{conf, conf.find("system")};
  conf_reader bus{conf, conf.find("datarrd")};
  conf_reader http{conf, conf.find("http")};
  toml_text out;
  write_head(out, file, bus.text("hadd", "0014/0000"), system.text("home_dir"));
  write_broker(out, system);
  write_times(out, bus);
  write_http(out, http);
  write_node(out, conf, bus, http);
  janitoo_datasources sources{conf, out};
  for (auto& section : conf.sections)
    if (starts_with(section.name, "datarrd__"))
      sources.add(section);
  use_components(conf);
  write_rest(out, conf);
  if (conf.errors.empty())
    for (auto& x : parse_config(out.text(), file + ", translated").errors)
      conf.errors.push_back(x);
  if (!conf.errors.empty())
    return {{}, std::move(conf.errors)};
  return {out.text(), {}};
}

} // namespace rrdflow

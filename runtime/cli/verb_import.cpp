#include "actors/base/calendar.hpp"
#include "actors/catalog/path_escape.hpp"
#include "config/addresses.hpp"
#include "config/run_time_values.hpp"
#include "config/toml_value.hpp"
#include "runtime/cli/janitoo_conf.hpp"
#include "runtime/cli/text_table.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/convert/convert_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <set>
#include <utility>

namespace rrdflow {

namespace {

constexpr int64_t year = 365 * 86400;

constexpr std::string_view datasource = "datarrd__";

bool starts_with(std::string_view x, std::string_view prefix) {
  return x.substr(0, prefix.size()) == prefix;
}

std::string at_line(unsigned line) {
  return "Line " + std::to_string(line) + ": ";
}

/// The parts between "|", without blanks at their ends.
std::vector<std::string> split(std::string_view x) {
  std::vector<std::string> result{""};
  for (auto c : x) {
    if (c == '|')
      result.emplace_back();
    else
      result.back() += c;
  }
  for (auto& part : result)
    part.erase(part.find_last_not_of(' ') + 1);
  return result;
}

bool is_label(std::string_view x) {
  return !x.empty() && x.size() <= 19
         && std::all_of(x.begin(), x.end(), [](char c) {
              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                     || (c >= '0' && c <= '9') || c == '_' || c == '-';
            });
}

/// Why this is no "hadd|value_uuid|value_index|type|label"; empty: it is one.
std::string source_mistake(const std::vector<std::string>& x) {
  if (x.size() != 5)
    return "it has " + std::to_string(x.size())
           + " parts, not the 5 of \"hadd|value|index|type|label\"";
  if (!is_janitoo_address(x[0]))
    return "\"" + x[0] + "\" is no address like \"0048/0002\"";
  if (x[1].empty())
    return "the value has no name";
  if (x[2].empty() || x[2].find_first_not_of("0123456789") != std::string::npos)
    return "the index \"" + x[2] + "\" is no number";
  auto known = {"GAUGE", "COUNTER", "DERIVE", "ABSOLUTE"};
  if (std::find(known.begin(), known.end(), x[3]) == known.end())
    return "the type \"" + x[3] + "\" is none of GAUGE COUNTER DERIVE ABSOLUTE";
  if (!is_label(x[4]))
    return "the label \"" + x[4]
           + "\" is not 1 to 19 letters, digits, \"_\" or \"-\"";
  return {};
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

/// Collects "key = value" lines under table headers.
class toml_text {
public:
  void table(const std::string& header) {
    text_ += (text_.empty() ? "" : "\n") + header + '\n';
  }

  void line(const std::string& x) {
    text_ += x + '\n';
  }

  void comment(const std::string& x) {
    text_ += "# ";
    // No control character may stand in a comment.
    for (auto c : x)
      text_ += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    text_ += '\n';
  }

  void string(const std::string& key, std::string_view x) {
    line(key + " = " + toml_quoted(x));
  }

  /// Nothing if `x` is empty.
  void string_if(const std::string& key, std::string_view x) {
    if (!x.empty())
      string(key, x);
  }

  void seconds(const std::string& key, int64_t x) {
    string(key, std::to_string(x) + 's');
  }

  const std::string& text() const noexcept {
    return text_;
  }

private:
  std::string text_;
};

/// Translates a .conf of janitoo_datalog_rrd, part by part.
class translation {
public:
  translation(std::string_view text, const std::string& file)
    : file_{file}, conf_{text, file} {
    // nop
  }

  /// Returns a configuration that passes `rrdflow check`, if there are no
  /// errors. What had to change, and what has no counterpart, is said in
  /// comments, with the lines of the .conf.
  std::string run();

  const std::vector<config_issue>& errors() const noexcept {
    return conf_.errors;
  }

private:
  void write_head();
  void write_broker();
  void write_times();
  void write_http();
  void write_node();
  void write_resource(const std::string& http_hadd);

  /// Writes an `[[rrd]]`; only a comment for a section that is no node.
  void write_datasource(conf_section& section);
  void write_sources(conf_section& section);

  /// Names what has no counterpart.
  void write_rest();

  /// A duration that is only written if the .conf has it.
  void copy_seconds(const std::string& to, conf_section& from,
                    const std::string& key, int64_t min) {
    if (from.find(key) != nullptr)
      out_.seconds(to, conf_.number(from, key, min, min, year));
  }

  const std::string& file_;
  janitoo_conf conf_;
  toml_text out_;
  conf_section& system_ = conf_.use("system");
  conf_section& bus_ = conf_.use("datarrd");
  conf_section& http_ = conf_.use("http");

  /// The datasources by their files, and by their addresses.
  std::map<std::string, const conf_section*> files_;
  std::map<std::string, const conf_section*> addresses_;
};

void translation::write_head() {
  auto home = system_.text("home_dir", "<home_dir>");
  out_.comment("Made by rrdflow import-janitoo of " + file_ + ".");
  out_.comment("");
  out_.comment("Before you stop the original, have it write what it keeps in "
               "memory:");
  out_.comment("  jnt_query query --hadd " + bus_.text("hadd", "0014/0000")
               + " --genre basic --uuid actions --cmdclass 4176 --data flush "
                 "--writeonly True");
  out_.comment("Then stop it, and copy its files, " + home
               + "/public/rrd/rrds/*.rrd, to <store>/rrd/.");
  out_.comment("They are in local time: either set original_timezone below, or "
               "convert them:");
  out_.comment("  rrdflow import-janitoo --convert OLD.rrd --timezone "
               "Europe/Paris -o NEW.rrd");
  out_.line("");
}

void translation::write_broker() {
  auto host = system_.text("broker_ip", "127.0.0.1");
  if (host.find(':') != std::string::npos && host.front() != '[')
    host = '[' + host + ']';
  out_.line("[mqtt]");
  auto port = conf_.number(system_, "broker_port", 1883, 1, 65535);
  out_.string("broker", "tcp://" + host + ':' + std::to_string(port));
  out_.string_if("username", system_.text("broker_user"));
  if (auto password = system_.find("broker_password"))
    out_.comment(at_line(password->line)
                 + "the password goes into a file: password_file = \"...\"");
}

void translation::write_times() {
  out_.table("[cache]");
  out_.seconds("flush_after",
               conf_.number(bus_, "cache_rrd_ttl_0", 3600, 0, year));
  out_.table("[snapshot]");
  out_.seconds("every", conf_.number(bus_, "cache_pickle_ttl_0", 60, 1, 86400));
  out_.table("[reaper]");
  out_.seconds("after",
               conf_.number(bus_, "cache_dead_ttl_0", 86400, 1, 10 * year));
}

void translation::write_http() {
  auto host = http_.text("http_host_0", "localhost");
  auto port
    = std::to_string(conf_.number(http_, "http_port_0", 8081, 1, 65535));
  out_.table("[http]");
  if (host != "localhost" && host != "127.0.0.1") {
    auto listen = toml_quoted((host == "*" ? "0.0.0.0" : host) + ':' + port);
    out_.comment(at_line(http_.find("http_host_0")->line) + "it was " + listen
                 + ". What others can reach needs a token_file:");
    out_.comment("listen = [" + listen + ']');
    out_.comment("token_file = \"...\"");
  }
  out_.line("listen = [" + toml_quoted("127.0.0.1:" + port) + ']');
}

void translation::write_node() {
  out_.table("[janitoo]");
  auto hadd = conf_.address(bus_, "hadd");
  auto enabled = bus_.flag("auto_start");
  if (bus_.line > 0 && hadd.empty() && bus_.find("hadd") == nullptr)
    conf_.error(bus_, "hadd", "it is missing");
  if (bus_.line > 0 && !enabled) {
    auto entry = bus_.find("auto_start");
    out_.comment((entry != nullptr ? at_line(entry->line) : std::string{})
                 + "without auto_start the original did not run.");
  }
  out_.line(std::string{"enabled = "} + (enabled ? "true" : "false"));
  out_.string_if("hadd", hadd);
  out_.string_if("name", bus_.text("name"));
  out_.string_if("location", bus_.text("location"));
  copy_seconds("heartbeat", bus_, "heartbeat", 1);
  copy_seconds("config_timeout", bus_, "config_timeout", 0);
  copy_seconds("count_values_poll", bus_, "count_values_poll_0", 0);
  copy_seconds("count_series_poll", bus_, "count_series_poll_0", 0);
  auto http_hadd = conf_.address(http_, "hadd");
  if (http_.line > 0 && !http_.flag("auto_start") && !http_hadd.empty()) {
    out_.comment("[http] has no auto_start: it was no node.");
    http_hadd.clear();
  }
  out_.string_if("http_hadd", http_hadd);
  out_.string_if("http_name", http_.text("name"));
  out_.string_if("http_location", http_.text("location"));
  copy_seconds("http_heartbeat", http_, "heartbeat", 1);
  copy_seconds("http_config_timeout", http_, "config_timeout", 0);
  write_resource(http_hadd);
  out_.comment("original_timezone = \"Europe/Paris\"");
}

void translation::write_resource(const std::string& http_hadd) {
  auto& page = conf_.use("http__rrd");
  out_.string_if("resource_name", page.text("name"));
  out_.string_if("resource_location", page.text("location"));
  copy_seconds("resource_heartbeat", page, "heartbeat", 1);
  copy_seconds("resource_config_timeout", page, "config_timeout", 0);
  copy_seconds("resource_poll", page, "resource_poll_0", 0);
  auto address = http_hadd.substr(0, http_hadd.find('/')) + "/0001";
  if (auto entry = page.find("hadd");
      entry != nullptr && !http_hadd.empty() && entry->value != address)
    out_.comment(at_line(entry->line) + "the node of the pages has the address "
                 + address + " here.");
}

void translation::write_sources(conf_section& section) {
  std::set<std::string> labels;
  out_.line("sources = [");
  // The original stops at the first gap, too.
  for (auto i = 0;; ++i) {
    auto key = "source_config_" + std::to_string(i);
    auto entry = section.find(key);
    if (entry == nullptr)
      break;
    auto x = split(entry->value);
    if (auto mistake = source_mistake(x); !mistake.empty())
      conf_.error(section, key, mistake);
    else if (!labels.insert(x[4]).second)
      conf_.error(section, key, "the label \"" + x[4] + "\" is there already");
    else
      out_.line("  { janitoo = " + toml_quoted(x[0] + '|' + x[1] + '|' + x[2])
                + ", type = " + toml_quoted(x[3])
                + ", label = " + toml_quoted(x[4]) + " },");
  }
  out_.line("]");
  if (labels.empty() && section.find("source_config_0") == nullptr)
    conf_.error(section.line,
                '[' + section.name + "] source_config_0: it is missing");
}

void translation::write_datasource(conf_section& section) {
  section.used = true;
  auto node = section.name.substr(datasource.size());
  auto hadd = conf_.address(section, "hadd");
  auto name = section.text("rrd_file_0", "default_rrd");
  const char* missing = nullptr;
  if (hadd.empty() && section.find("hadd") == nullptr)
    missing = "] has no hadd: it was no node, and wrote nothing.";
  else if (bus_.keys.count("components." + node) == 0)
    missing = "] has no components entry in [datarrd]: it was no node, and "
              "wrote nothing.";
  if (missing != nullptr) {
    out_.line("");
    out_.comment(at_line(section.line) + '[' + section.name + missing);
    for (auto& [key, entry] : section.keys)
      entry.used = true;
    return;
  }
  if (auto [i, added] = files_.emplace(name, &section); !added)
    conf_.error(section, "rrd_file_0",
                "[" + i->second->name + "] writes \"" + name + "\", too");
  if (auto [i, added] = addresses_.emplace(hadd, &section);
      !added && !hadd.empty())
    conf_.error(section, "hadd",
                hadd + " is the address of [" + i->second->name + "], too");
  out_.table("[[rrd]]");
  if (is_own_node(node)) {
    auto was = node;
    node = "rrd_" + node;
    while (conf_.find(std::string{datasource} + node) != nullptr)
      node += '_';
    out_.comment(at_line(section.line) + "the node \"" + was
                 + "\" has another name here: one of rrdflow's own "
                   "has that one.");
  }
  if (auto path = escape_name(name); !path)
    conf_.error(section, "rrd_file_0", "the name is too long");
  else if (*path != name)
    out_.comment("Its file is rrd/" + *path + ".rrd");
  out_.string("name", name);
  if (node != name)
    out_.string("node", node);
  out_.string("hadd", hadd);
  out_.string_if("title", section.text("name"));
  out_.string_if("location", section.text("location"));
  out_.seconds("heartbeat_period",
               conf_.number(section, "heartbeat", 30, 1, year));
  copy_seconds("config_timeout", section, "config_timeout", 0);
  copy_seconds("source_poll", section, "source_poll_0", 0);
  out_.seconds("step", conf_.number(section, "rrd_step_0", 300, 1, year));
  out_.string("fill", "none");
  write_sources(section);
}

void translation::write_rest() {
  auto first = true;
  auto add = [&](unsigned line, const std::string& text) {
    if (std::exchange(first, false)) {
      out_.line("");
      out_.comment("Not carried over:");
    }
    out_.comment("  line " + std::to_string(line) + ": " + text);
  };
  for (auto& section : conf_.sections) {
    if (!section.used) {
      add(section.line, '[' + section.name + "]: it has no counterpart here");
      continue;
    }
    for (auto& [key, entry] : section.keys) {
      // A component without a section was no node.
      auto used = starts_with(key, "components.")
                    ? conf_.find(section.name + "__" + key.substr(11))
                    : nullptr;
      if (!entry.used && used == nullptr)
        add(entry.line,
            '[' + section.name + "] " + key + ": " + reason_for(section, key));
    }
  }
}

std::string translation::run() {
  write_head();
  write_broker();
  write_times();
  write_http();
  write_node();
  for (auto& section : conf_.sections)
    if (starts_with(section.name, datasource))
      write_datasource(section);
  write_rest();
  if (conf_.errors.empty())
    conf_.errors = parse_config(out_.text(), file_ + ", translated").errors;
  return out_.text();
}

} // namespace

int verb_import(const std::string& file, console& terminal) {
  std::string text;
  errno = 0;
  std::unique_ptr<FILE, int (*)(FILE*)> in{fopen(file.c_str(), "re"), fclose};
  if (in) {
    char block[65536];
    while (auto n = fread(block, 1, sizeof block, in.get()))
      text.append(block, n);
  }
  if (!in || ferror(in.get()))
    return terminal.fail(EX_IOERR, file + ": " + std::strerror(errno));
  translation translated{text, file};
  auto toml = translated.run();
  for (auto& x : translated.errors())
    terminal.err << for_terminal(to_string(x)) << '\n';
  if (!translated.errors().empty())
    return EX_CONFIG;
  terminal.out << toml;
  return EX_OK;
}

int verb_convert(const convert_options& x, console& terminal) {
  auto clock = time_zone::of(x.timezone);
  if (!clock)
    return terminal.fail(EX_USAGE, explain(clock.error()));
  auto to = x.to.empty() ? default_target(x.from) : x.to;
  auto files = convert_files(x.from, to, *clock);
  int result = EX_OK;
  auto inexact = false;
  for (auto& file : files) {
    if (!file.failed.empty()) {
      result = terminal.fail(EX_IOERR, file.failed);
      continue;
    }
    inexact = inexact || file.inexact > 0;
    terminal.out << for_terminal(file.from) << " -> " << for_terminal(file.to)
                 << ": last update " << iso_time(file.is * 1'000'000'000);
    if (file.inexact > 0)
      terminal.out << "; " << file.inexact
                   << " coarse rows are in the nearest slot";
    terminal.out << '\n';
  }
  if (files.empty())
    terminal.out << "no .rrd file in " << for_terminal(x.from) << '\n';
  if (inexact)
    terminal.out << "The offset of " << for_terminal(x.timezone)
                 << " is no multiple of these rows, and nothing finer reaches "
                    "back so far.\n";
  return result;
}

} // namespace rrdflow

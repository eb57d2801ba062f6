#include "runtime/cli/janitoo_import.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace rrdflow {

namespace {

using section = std::map<std::string, std::string>;

struct named_section {
  std::string name;
  section keys;
};

std::string_view trim(std::string_view x) {
  constexpr auto blank = " \t\r";
  auto begin = x.find_first_not_of(blank);
  if (begin == std::string_view::npos)
    return {};
  return x.substr(begin, x.find_last_not_of(blank) - begin + 1);
}

// As Python's RawConfigParser reads it: "=" or ":" behind a key, which is lower
// case; "#" and ";" begin comments.
std::vector<named_section> parse_conf(std::string_view text) {
  std::vector<named_section> result;
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size());
    auto line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#' || line.front() == ';')
      continue;
    if (line.front() == '[' && line.back() == ']') {
      result.push_back({std::string{line.substr(1, line.size() - 2)}, {}});
      continue;
    }
    auto separator = line.find_first_of("=:");
    if (separator == std::string_view::npos || result.empty())
      continue;
    std::string key{trim(line.substr(0, separator))};
    for (auto& c : key)
      if (c >= 'A' && c <= 'Z')
        c = static_cast<char>(c + 32);
    result.back().keys[key] = trim(line.substr(separator + 1));
  }
  return result;
}

std::string quoted(std::string_view x) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string result = "\"";
  for (auto c : x) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      result += {'\\', c};
    else if (byte < 0x20 || byte == 0x7f)
      result += {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
    else
      result += c;
  }
  return result + '"';
}

std::string value(const section& keys, const std::string& key,
                  const std::string& otherwise) {
  auto i = keys.find(key);
  return i == keys.end() || i->second.empty() ? otherwise : i->second;
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

  void string(const std::string& key, const std::string& x) {
    line(key + " = " + quoted(x));
  }

  /// A duration that the original has in seconds, if it is there.
  void seconds(const std::string& key, const section& keys,
               const std::string& original) {
    auto x = value(keys, original, "");
    if (!x.empty() && x.find_first_not_of("0123456789") == std::string::npos)
      string(key, x + 's');
  }

  /// A text of the same meaning, if it is there.
  void copy(const std::string& key, const section& keys) {
    if (auto x = value(keys, key, ""); !x.empty())
      string(key, x);
  }

  std::string take() {
    return std::move(text_);
  }

private:
  std::string text_;
};

// "hadd|value_uuid|value_index|type|label"
std::string source_line(const std::string& x) {
  std::vector<std::string> parts{""};
  for (auto c : x) {
    if (c == '|')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  if (parts.size() != 5)
    return "  # no source: " + quoted(x);
  return "  { janitoo = " + quoted(parts[0] + '|' + parts[1] + '|' + parts[2])
         + ", type = " + quoted(parts[3]) + ", label = " + quoted(parts[4])
         + " },";
}

void write_datasource(toml_text& out, const section& x) {
  out.table("[[rrd]]");
  out.string("name", value(x, "rrd_file_0", "default_rrd"));
  out.string("step", value(x, "rrd_step_0", "300") + 's');
  out.copy("hadd", x);
  out.seconds("heartbeat_period", x, "heartbeat");
  out.copy("location", x);
  out.line("sources = [");
  // The original stops at the first gap, too.
  for (auto i = 0;; ++i) {
    auto source = value(x, "source_config_" + std::to_string(i), "");
    if (source.empty())
      break;
    out.line(source_line(source));
  }
  out.line("]");
}

void write_service(toml_text& out, std::map<std::string, section>& sections) {
  auto& system = sections["system"];
  out.table("[mqtt]");
  out.string("broker", "tcp://" + value(system, "broker_ip", "127.0.0.1") + ':'
                         + value(system, "broker_port", "1883"));
  out.copy("username", {{"username", value(system, "broker_user", "")}});
  if (!value(system, "broker_password", "").empty())
    out.line("# The password goes into a file: password_file = \"...\"");
  auto& bus = sections["datarrd"];
  out.table("[cache]");
  out.seconds("flush_after", bus, "cache_rrd_ttl_0");
  out.table("[snapshot]");
  out.seconds("every", bus, "cache_pickle_ttl_0");
  out.table("[reaper]");
  out.seconds("after", bus, "cache_dead_ttl_0");
  auto& http = sections["http"];
  auto host = value(http, "http_host_0", "localhost");
  auto port = value(http, "http_port_0", "8081");
  out.table("[http]");
  if (host != "localhost" && host != "127.0.0.1")
    out.line("# It was " + quoted(host + ':' + port)
             + ": what others can reach needs a token_file.");
  out.line("listen = [" + quoted("127.0.0.1:" + port) + ']');
  out.table("[janitoo]");
  out.copy("hadd", bus);
  out.copy("name", bus);
  out.copy("location", bus);
  out.seconds("heartbeat", bus, "heartbeat");
  out.copy("http_hadd", {{"http_hadd", value(http, "hadd", "")}});
}

} // namespace

std::string import_janitoo(std::string_view conf) {
  auto list = parse_conf(conf);
  std::map<std::string, section> sections;
  for (auto& x : list)
    sections[x.name].insert(x.keys.begin(), x.keys.end());
  toml_text out;
  write_service(out, sections);
  for (auto& x : list)
    if (x.name.compare(0, 9, "datarrd__") == 0)
      write_datasource(out, x.keys);
  return out.take();
}

} // namespace rrdflow

#include "config/run_time_values.hpp"

#include "config/addresses.hpp"
#include "config/keys.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace rrdflow {

namespace {

using kind = toml_value::kind;

constexpr std::string_view separator = "\n# ---- values set at run time ----\n";

constexpr auto head
  = "# Values that were set at run time. They count more than those of the\n"
    "# configuration file, until they are set again or deleted here while the\n"
    "# service is stopped.\n";

struct run_time_document {
  std::vector<run_time_value> set;
};

void finish_value(const table_view& table, run_time_value& x) {
  if (x.node.empty() || x.key.empty())
    table.issues.error(table.value.at, "a value needs a node and a key");
}

const key_table<run_time_value> value_keys{
  "set",
  "",
  {
    {"node", &run_time_value::node, text(), ""},
    {"key", &run_time_value::key, text(), ""},
    {"value", &run_time_value::value, text(), ""},
  },
  finish_value};

const key_table<run_time_document> document_keys{
  "", "", {{"set", &run_time_document::set, value_keys}}};

/// The keys of all nodes, by node ("": an [[rrd]]) and key.
using run_time_keys
  = std::map<std::pair<std::string, std::string>, run_time_key>;

run_time_keys collect_keys() {
  run_time_keys result{
    {{"http", "http_host"}, {}},
    {{"http", "http_port"}, {true}},
    {{"", "rrd_file"}, {false, true}},
    {{"", "source_config"}, {false, true}},
  };
  std::vector<std::pair<std::string, key_facts>> all;
  config_keys().add_facts(all);
  for (auto& [table, key] : all)
    if (!key.node_key.empty())
      result[{key.node, key.node_key}]
        = {key.duration, key.when == applied::by_record,
           table.substr(0, table.size() - 1), key.name};
  return result;
}

toml_value& get_or_create(toml_value& table, std::string_view key, kind type) {
  if (auto x = table.find(key))
    return *x;
  table.members.push_back({std::string{key}, {}, {}});
  table.members.back().value.type = type;
  return table.members.back().value;
}

void set_text(toml_value& table, std::string_view key, std::string text) {
  auto& x = get_or_create(table, key, kind::string);
  x = toml_value{};
  x.type = kind::string;
  x.text = std::move(text);
}

toml_value* find_rrd(toml_value& root, const std::string& node) {
  auto list = root.find("rrd");
  if (list == nullptr)
    return nullptr;
  for (auto& x : list->items) {
    auto name = x.find("node");
    if (name == nullptr)
      name = x.find("name");
    if (name != nullptr && name->text == node)
      return &x;
  }
  return nullptr;
}

/// Why `x` may not name a file that others than the administrator choose.
std::string file_name_mistake(std::string_view x) {
  auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'
           || c == '/';
  };
  if (x.empty() || x.size() > 200)
    return "it must have 1 to 200 bytes";
  if (!std::all_of(x.begin(), x.end(), allowed))
    return "it must be of letters, digits, \"_\", \"-\", \".\" and \"/\"";
  for (size_t begin = 0; begin <= x.size();) {
    auto end = std::min(x.find('/', begin), x.size());
    if (end == begin || x[begin] == '.' || x[begin] == '-')
      return "no level of it may be empty, or begin with \".\" or \"-\"";
    begin = end + 1;
  }
  return {};
}

std::string set_file(toml_value& rrd, const run_time_value& x) {
  if (auto mistake = file_name_mistake(x.value); !mistake.empty())
    return mistake;
  set_text(rrd, "node", x.node);
  set_text(rrd, "name", x.value);
  return {};
}

/// "hadd|value_uuid|value_index|type|label" of the first source.
std::string set_source(toml_value& rrd, const std::string& x) {
  std::array<size_t, 4> bars{};
  size_t at = 0;
  for (auto& bar : bars) {
    bar = x.find('|', at);
    if (bar == std::string::npos)
      return "it is not like \"0048/0002|load|0|GAUGE|load1\"";
    at = bar + 1;
  }
  auto& sources = get_or_create(rrd, "sources", kind::array);
  if (sources.items.empty())
    sources.items.emplace_back();
  auto& source = sources.items.front();
  auto& members = source.members;
  members.erase(
    std::remove_if(members.begin(), members.end(),
                   [](auto& y) { return y.key == "topic" || y.key == "path"; }),
    members.end());
  set_text(source, "janitoo", x.substr(0, bars[2]));
  set_text(source, "type", x.substr(bars[2] + 1, bars[3] - bars[2] - 1));
  set_text(source, "label", x.substr(bars[3] + 1));
  return {};
}

/// The first address that is not a unix socket is the one that Janitoo knows.
std::string set_address(toml_value& root, const run_time_value& x) {
  auto& http = get_or_create(root, "http", kind::table);
  auto usual = http.find("listen") == nullptr;
  auto& listen = get_or_create(http, "listen", kind::array);
  if (usual) {
    listen.items.emplace_back();
    listen.items.back().type = kind::string;
    listen.items.back().text = "127.0.0.1:8081";
  }
  std::vector<listen_address> listed;
  for (auto& y : listen.items)
    listed.emplace_back(y.text);
  auto host = x.key == "http_host";
  auto mistake = host ? run_time_host_mistake(x.value, listed)
                      : run_time_port_mistake(x.value, listed);
  if (!mistake.empty())
    return mistake;
  auto address
    = std::find_if(listen.items.begin(), listen.items.end(),
                   [](auto& y) { return y.text.compare(0, 5, "unix:") != 0; });
  if (address == listen.items.end())
    return "http.listen has no address of the network";
  auto& text = address->text;
  auto colon = std::min(text.rfind(':'), text.size());
  if (!host)
    text = text.substr(0, colon) + ':' + x.value;
  else if (x.value == "::1")
    text = "[::1]" + text.substr(colon);
  else
    text = (x.value == "*" ? "0.0.0.0" : x.value) + text.substr(colon);
  address->at = {};
  return {};
}

bool is_number(std::string_view x) {
  return !x.empty() && x.size() <= 10
         && x.find_first_not_of("0123456789") == std::string_view::npos;
}

} // namespace

bool is_own_node(std::string_view x) {
  return x == "datarrd" || x == "http" || x == "http__rrd";
}

const run_time_key*
find_run_time_key(const std::string& node, const std::string& key) {
  static const auto keys = collect_keys();
  auto i = keys.find({is_own_node(node) ? node : "", key});
  return i == keys.end() ? nullptr : &i->second;
}

std::string to_string(const run_time_value& x) {
  return x.key + " of " + x.node + " = " + x.value;
}

std::string print_run_time_values(const std::vector<run_time_value>& xs) {
  std::string result = head;
  for (auto& x : xs)
    result += "\n[[set]]\nnode = " + toml_quoted(x.node) + "\nkey = "
              + toml_quoted(x.key) + "\nvalue = " + toml_quoted(x.value) + '\n';
  return result;
}

std::vector<run_time_value>
parse_run_time_values(issue_list& issues, std::string_view text) {
  auto document = parse_toml(text);
  if (!document.good) {
    issues.error(document.failed_at, document.reason);
    return {};
  }
  run_time_document x;
  document_keys.read(issues, document.root, x);
  auto& values = x.set;
  values.erase(
    std::remove_if(values.begin(), values.end(),
                   [](auto& y) { return y.node.empty() || y.key.empty(); }),
    values.end());
  return values;
}

std::string set_run_time_value(toml_value& root, const run_time_value& x) {
  auto place = find_run_time_key(x.node, x.key);
  if (place == nullptr)
    return "it cannot be set";
  if (place->number && !is_number(x.value))
    return "\"" + x.value + "\" is no whole number";
  auto own = is_own_node(x.node);
  auto rrd = own ? nullptr : find_rrd(root, x.node);
  if (x.node == "http" && place->table.empty())
    return set_address(root, x);
  if (rrd == nullptr && !own)
    return "there is no such node";
  if (x.key == "rrd_file" && rrd != nullptr)
    return set_file(*rrd, x);
  if (x.key == "source_config" && rrd != nullptr)
    return set_source(*rrd, x.value);
  auto& table
    = rrd != nullptr ? *rrd : get_or_create(root, place->table, kind::table);
  set_text(table, place->name, place->number ? x.value + 's' : x.value);
  return {};
}

std::string join_texts(std::string_view file, std::string_view values) {
  std::string result{file};
  // What looks like our mark in the file must not be taken for it.
  if (!values.empty() || file.rfind(separator) != std::string_view::npos) {
    result += separator;
    result += values;
  }
  return result;
}

separate_texts split_texts(std::string_view x) {
  auto at = x.rfind(separator);
  if (at == std::string_view::npos)
    return {x, {}};
  return {x.substr(0, at), x.substr(at + separator.size())};
}

} // namespace rrdflow

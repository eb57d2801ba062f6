// Which place of the configuration each value that can be set stands for.

#include "config/addresses.hpp"
#include "config/run_time_values.hpp"

#include <algorithm>
#include <array>

namespace rrdflow {

namespace {

using kind = toml_value::kind;

/// A key of Janitoo and the table and key of the configuration that it sets;
/// those without are set in a way of their own.
struct place_of_key {
  const char* key;
  const char* table;
  const char* name;
  run_time_key facts;
};

constexpr run_time_key seconds_key{true, false};
constexpr run_time_key text_key{false, false};

constexpr place_of_key service_keys[] = {
  {"cache_rrd_ttl", "cache", "flush_after", {true, true}},
  {"cache_pickle_ttl", "snapshot", "every", seconds_key},
  {"cache_dead_ttl", "reaper", "after", seconds_key},
  {"count_values_poll", "janitoo", "count_values_poll", seconds_key},
  {"count_series_poll", "janitoo", "count_series_poll", seconds_key},
  {"heartbeat", "janitoo", "heartbeat", seconds_key},
  {"config_timeout", "janitoo", "config_timeout", seconds_key},
  {"name", "janitoo", "name", text_key},
  {"location", "janitoo", "location", text_key},
};

constexpr place_of_key http_keys[] = {
  {"http_host", nullptr, nullptr, text_key},
  {"http_port", nullptr, nullptr, seconds_key},
  {"heartbeat", "janitoo", "http_heartbeat", seconds_key},
  {"config_timeout", "janitoo", "http_config_timeout", seconds_key},
  {"name", "janitoo", "http_name", text_key},
  {"location", "janitoo", "http_location", text_key},
};

constexpr place_of_key resource_keys[] = {
  {"resource_poll", "janitoo", "resource_poll", seconds_key},
  {"heartbeat", "janitoo", "resource_heartbeat", seconds_key},
  {"config_timeout", "janitoo", "resource_config_timeout", seconds_key},
  {"name", "janitoo", "resource_name", text_key},
  {"location", "janitoo", "resource_location", text_key},
};

constexpr place_of_key rrd_keys[] = {
  {"rrd_file", nullptr, nullptr, {false, true}},
  {"source_config", nullptr, nullptr, {false, true}},
  {"rrd_step", "", "step", {true, true}},
  {"source_poll", "", "source_poll", seconds_key},
  {"heartbeat", "", "heartbeat_period", seconds_key},
  {"config_timeout", "", "config_timeout", seconds_key},
  {"name", "", "title", text_key},
  {"location", "", "location", text_key},
};

template <size_t N>
const place_of_key*
find(const place_of_key (&keys)[N], const std::string& key) {
  auto i = std::find_if(std::begin(keys), std::end(keys),
                        [&](auto& x) { return key == x.key; });
  return i == std::end(keys) ? nullptr : i;
}

const place_of_key* find_key(const std::string& node, const std::string& key) {
  if (node == "datarrd")
    return find(service_keys, key);
  if (node == "http__rrd")
    return find(resource_keys, key);
  return node == "http" ? find(http_keys, key) : find(rrd_keys, key);
}

toml_value* member(toml_value& table, std::string_view key) {
  for (auto& x : table.members)
    if (x.key == key)
      return &x.value;
  return nullptr;
}

toml_value& obtain(toml_value& table, std::string_view key, kind type) {
  if (auto x = member(table, key))
    return *x;
  table.members.push_back({std::string{key}, {}, {}});
  table.members.back().value.type = type;
  return table.members.back().value;
}

void set_text(toml_value& table, std::string_view key, std::string text) {
  auto& x = obtain(table, key, kind::string);
  x = toml_value{};
  x.type = kind::string;
  x.text = std::move(text);
}

toml_value* find_rrd(toml_value& root, const std::string& node) {
  auto list = member(root, "rrd");
  if (list == nullptr)
    return nullptr;
  for (auto& x : list->items) {
    auto name = member(x, "node");
    if (name == nullptr)
      name = member(x, "name");
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
  auto& sources = obtain(rrd, "sources", kind::array);
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
  auto& http = obtain(root, "http", kind::table);
  auto usual = member(http, "listen") == nullptr;
  auto& listen = obtain(http, "listen", kind::array);
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
  auto x = find_key(node, key);
  return x == nullptr ? nullptr : &x->facts;
}

std::string set_run_time_value(toml_value& root, const run_time_value& x) {
  auto place = find_key(x.node, x.key);
  if (place == nullptr)
    return "it cannot be set";
  if (place->facts.number && !is_number(x.value))
    return "\"" + x.value + "\" is no whole number";
  auto own = is_own_node(x.node);
  auto rrd = own ? nullptr : find_rrd(root, x.node);
  if (x.node == "http" && place->table == nullptr)
    return set_address(root, x);
  if (rrd == nullptr && !own)
    return "there is no such node";
  if (x.key == "rrd_file" && rrd != nullptr)
    return set_file(*rrd, x);
  if (x.key == "source_config" && rrd != nullptr)
    return set_source(*rrd, x.value);
  auto& table = rrd != nullptr ? *rrd : obtain(root, place->table, kind::table);
  set_text(table, place->name, place->facts.number ? x.value + 's' : x.value);
  return {};
}

} // namespace rrdflow

#include "actors/janitoo/janitoo_network.hpp"

#include "config/config.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <utility>

namespace rrdflow {

namespace {

// -- the kinds of values; texts named `data` and `default_json` are JSON
// --------

/// A value of the configuration without a factory.
janitoo_value plain(const char* uuid, int64_t genre, int64_t type,
                    std::string data, const char* help) {
  janitoo_value x;
  x.uuid = uuid;
  x.genre = genre;
  x.type = type;
  x.label = uuid;
  x.help = help;
  x.data = {std::move(data)};
  return x;
}

/// A value of the configuration that a factory of the original makes.
janitoo_value
configured(const char* entry, int64_t type, const char* uuid, const char* label,
           std::string data, std::string default_json) {
  auto x = plain(uuid, janitoo::setting, type, std::move(data), "");
  x.entry_name = entry;
  x.label = label;
  x.help = std::string{"The "} + uuid;
  x.default_json = std::move(default_json);
  return x;
}

janitoo_value sensor(const char* entry, int64_t type, const char* uuid,
                     const char* label, const char* help) {
  janitoo_value x;
  x.entry_name = entry;
  x.uuid = uuid;
  x.cmd_class = janitoo::sensor_class;
  x.genre = janitoo::basic;
  x.type = type;
  x.readonly = true;
  x.label = label;
  x.help = help;
  return x;
}

/// Adds `x` to a node as a polled value, and the value that says how often.
/// @param usual the delay by default, in seconds
void add_polled(janitoo_member& to, janitoo_value x, std::chrono::seconds delay,
                int64_t usual) {
  x.polled = true;
  x.poll_delay = delay.count();
  auto uuid = x.uuid + "_poll";
  auto poll = plain(uuid.c_str(), janitoo::setting, janitoo::number,
                    json_text(int64_t{delay.count()}), "The poll delay");
  poll.label = "poll_delay";
  poll.units_json = json_text("seconds");
  poll.default_json = json_text(usual);
  poll.poll_delay = delay.count();
  to.values.push_back(std::move(x));
  to.values.push_back(std::move(poll));
}

janitoo_value actions(const char* uuid, int64_t cmd_class, const char* help,
                      std::vector<std::string> list) {
  janitoo_value x;
  x.entry_name = "action_list";
  x.uuid = uuid;
  x.cmd_class = cmd_class;
  x.genre = janitoo::basic;
  x.type = janitoo::list;
  x.writeonly = true;
  x.label = "Actions";
  x.help = help;
  std::vector<std::string> items;
  for (auto& y : list)
    items.push_back(json_text(y));
  x.list_json = json_array(items);
  x.actions = std::move(list);
  return x;
}

janitoo_value limited(const char* uuid, int64_t data, const char* help) {
  auto x = plain(uuid, janitoo::system, janitoo::number, json_text(data), help);
  x.units_json = json_text("seconds");
  x.max_json = "3000";
  x.min_json = "0";
  return x;
}

/// Adds the values that every node has.
void add_common(janitoo_member& x) {
  x.values.push_back(
    limited("heartbeat", x.heartbeat, "The heartbeat delay in seconds"));
  auto hadd = plain("hadd", janitoo::system, janitoo::address,
                    json_text(x.hadd), "The HADD address of the node");
  hadd.units_json = json_text("");
  hadd.fixed = true;
  x.values.push_back(std::move(hadd));
  x.values.push_back(limited("config_timeout", x.config_timeout,
                             "The config timeout in seconds"));
  x.values.push_back(plain("name", janitoo::setting, janitoo::text,
                           json_text(x.name), "The name of the node"));
  x.values.push_back(plain("location", janitoo::setting, janitoo::text,
                           json_text(x.location), "The location of the node"));
}

// -- the nodes
// -----------------------------------------------------------------

std::string or_else(const std::string& x, const char* otherwise) {
  return x.empty() ? otherwise : x;
}

janitoo_member controller(const config& x) {
  auto& cfg = x.janitoo;
  janitoo_member result;
  result.uuid = result.oid = result.setting_node = "datarrd";
  result.hadd = cfg.hadd;
  result.name = or_else(cfg.name, "RRD Controller");
  result.location = or_else(cfg.location, "Local");
  result.product_name = "RRD controller";
  result.capabilities = {4};
  result.cmd_classes = {janitoo::controller_class, janitoo::configuration_class,
                        janitoo::sensor_class};
  result.heartbeat = cfg.heartbeat.count();
  result.config_timeout = cfg.config_timeout.count();
  add_common(result);
  auto values = sensor("sensor_integer", janitoo::number, "count_values",
                       "#Values", "The number of values in the store");
  values.metric = "files";
  add_polled(result, std::move(values), cfg.count_values_poll, 300);
  auto series
    = sensor("sensor_integer", janitoo::number, "count_series", "#Series",
             "The number of series of values in the store");
  series.metric = "rows_waiting";
  add_polled(result, std::move(series), cfg.count_series_poll, 300);
  auto ttl = [&](const char* uuid, const char* label, int64_t data,
                 const char* usual) {
    result.values.push_back(configured("config_integer", janitoo::number, uuid,
                                       label, json_text(data), usual));
  };
  ttl("cache_rrd_ttl", "Rrd ttl", x.cache.flush_after.count(), "3600");
  // The original knows whole seconds only.
  auto every = (x.snapshot.every.count() + 999) / 1000;
  ttl("cache_pickle_ttl", "Pickle ttl", every, "60");
  ttl("cache_dead_ttl", "Cache dead ttl", x.reaper.after.count(), "86400");
  result.values.push_back(actions("actions", janitoo::controller_class,
                                  "The action on the store", {"flush"}));
  return result;
}

/// "hadd|value_uuid|value_index|rrd_type|rrd_label"
std::string
source_config(const rrd_source_config& x, const source_definition& definition) {
  auto from = x.janitoo ? x.janitoo->hadd + '|' + x.janitoo->uuid + '|'
                            + x.janitoo->index
                        : x.topic + '|' + x.path + "|0";
  return from + '|' + to_string(definition.type) + '|' + x.label;
}

janitoo_member datasource(const rrd_config& x, const janitoo_config& cfg) {
  janitoo_member result;
  result.uuid = "datarrd__" + x.node;
  result.oid = "datarrd.datasource";
  result.setting_node = x.node;
  result.hadd = x.hadd;
  result.name = x.title.empty() ? "RRD source " + x.node : x.title;
  result.location = or_else(x.location, or_else(cfg.location, "Local").c_str());
  result.product_name = "RRD Datasource";
  result.product_type = "Software";
  result.product_manufacturer = "RRD";
  result.cmd_classes = {janitoo::configuration_class, janitoo::sensor_class};
  result.heartbeat = x.heartbeat_period.count();
  result.config_timeout = x.config_timeout.count();
  result.rrd = x.name;
  add_common(result);
  auto label = sensor("sensor_string", janitoo::text, "source", "Source label",
                      "The source label");
  auto source = plain("source_config", janitoo::setting, janitoo::composite,
                      "null", "The source config");
  source.label = "Rrd Config";
  label.data.clear();
  source.data.clear();
  for (size_t i = 0; i < x.sources.size(); ++i) {
    auto text = source_config(x.sources[i], x.definition->sources[i]);
    label.data.push_back(json_text(x.sources[i].label));
    source.data.push_back(json_text(text));
    source.configs.push_back(std::move(text));
  }
  label.configs = source.configs;
  add_polled(result, std::move(label), x.source_poll, 900);
  result.values.push_back(std::move(source));
  result.values.push_back(configured("config_string", janitoo::text, "rrd_file",
                                     "Rrd file", json_text(x.name),
                                     json_text("default_rrd")));
  // Its label is the original's.
  result.values.push_back(configured("config_integer", janitoo::number,
                                     "rrd_step", "Rrd test",
                                     json_text(x.definition->step), "300"));
  auto file = sensor("sensor_string", janitoo::text, "http_file", "Http file",
                     "The file on the web server");
  file.data = {json_text("rrd/rrds/" + x.name + ".rrd")};
  result.values.push_back(std::move(file));
  return result;
}

/// Host and port of the first address that has them.
std::pair<std::string, int64_t> web_address(const http_config& x) {
  for (auto& address : x.listen) {
    if (address.path.empty())
      return {address.text.substr(0, address.text.rfind(':')), address.port};
  }
  return {"", 0};
}

janitoo_member web_controller(const config& x) {
  auto& cfg = x.janitoo;
  auto [host, port] = web_address(x.http);
  janitoo_member result;
  result.uuid = result.oid = result.setting_node = "http";
  result.hadd = cfg.http_hadd;
  result.name = or_else(cfg.http_name, "HTTP Controller");
  result.location = or_else(cfg.http_location, "Local");
  result.product_name = "HTTP controller";
  result.capabilities = {4};
  result.cmd_classes
    = {janitoo::web_controller_class, janitoo::configuration_class};
  result.heartbeat = cfg.http_heartbeat.count();
  result.config_timeout = cfg.http_config_timeout.count();
  add_common(result);
  result.values.push_back(configured("config_string", janitoo::text,
                                     "http_host", "Http host", json_text(host),
                                     json_text("localhost")));
  result.values.push_back(configured("config_integer", janitoo::number,
                                     "http_port", "Http port", json_text(port),
                                     "8081"));
  result.values.push_back(actions("http_actions", janitoo::web_controller_class,
                                  "The action on the web server",
                                  {"start", "stop", "reload"}));
  return result;
}

/// The address behind `hadd`.
std::string next_address(const std::string& hadd) {
  auto slash = hadd.find('/');
  int64_t node = 0;
  std::from_chars(hadd.data() + slash + 1, hadd.data() + hadd.size(), node);
  char text[32];
  std::snprintf(text, sizeof(text), "/%04lld",
                static_cast<long long>(node + 1));
  return hadd.substr(0, slash) + text;
}

janitoo_member web_pages(const config& x) {
  auto& cfg = x.janitoo;
  auto [host, port] = web_address(x.http);
  janitoo_member result;
  result.uuid = result.setting_node = "http__rrd";
  result.oid = "http.rrd";
  result.hadd = next_address(cfg.http_hadd);
  result.name = or_else(cfg.resource_name, "HTTP rrd resource");
  result.location = or_else(cfg.resource_location, "Local");
  result.product_name = "HTTP rrd resource";
  result.product_type = "Software";
  result.cmd_classes
    = {janitoo::web_resource_class, janitoo::configuration_class};
  result.heartbeat = cfg.resource_heartbeat.count();
  result.config_timeout = cfg.resource_config_timeout.count();
  add_common(result);
  auto resource = sensor("sensor_string", janitoo::text, "resource", "Resource",
                         "The address of the pages");
  resource.cmd_class = janitoo::web_resource_class;
  resource.data = {json_text(host + ':' + std::to_string(port) + "/rrd/")};
  add_polled(result, std::move(resource), cfg.resource_poll, 1800);
  return result;
}

} // namespace

const char* genre_name(int64_t genre) {
  switch (genre) {
    case janitoo::basic:
      return "basic";
    case janitoo::user:
      return "user";
    case janitoo::setting:
      return "config";
    case janitoo::system:
      return "system";
    default:
      return "command";
  }
}

json_object describe(const janitoo_value& x, const std::string& node_uuid,
                     const std::string& hadd, size_t i, bool with_config) {
  auto label = x.label;
  if (with_config && i < x.configs.size())
    label += " (" + x.configs[i] + ')';
  json_object result;
  if (!x.entry_name.empty())
    result.set("entry_name", json_text(x.entry_name));
  result.set("uuid", json_text(x.uuid))
    .set("node_uuid", json_text(node_uuid))
    .set("voice_uuid", "null")
    .set("hadd", json_text(hadd))
    .set("cmd_class", json_text(x.cmd_class))
    .set("is_readonly", json_text(x.readonly))
    .set("is_writeonly", json_text(x.writeonly))
    .set("default", x.default_json)
    .set("label", json_text(label))
    .set("help", json_text(x.help))
    .set("units", x.units_json)
    .set("list_items", x.list_json)
    .set("max", x.max_json)
    .set("min", x.min_json)
    .set("genre", json_text(x.genre))
    .set("type", json_text(x.type))
    .set("index", json_text(static_cast<int64_t>(i)))
    .set("is_polled", json_text(x.polled))
    .set("poll_delay", json_text(x.poll_delay))
    .set("reply_hadd", "null")
    .set("data", i < x.data.size() ? x.data[i] : "null");
  return result;
}

const janitoo_value* janitoo_member::find(std::string_view value_uuid) const {
  for (auto& x : values)
    if (x.uuid == value_uuid)
      return &x;
  return nullptr;
}

const janitoo_member* janitoo_bus::find(std::string_view hadd) const {
  for (auto& x : nodes)
    if (x.hadd == hadd)
      return &x;
  return nullptr;
}

std::vector<const janitoo_member*> janitoo_network::nodes() const {
  std::vector<const janitoo_member*> result;
  for (auto& bus : buses)
    for (auto& x : bus.nodes)
      result.push_back(&x);
  return result;
}

janitoo_network make_janitoo_network(const config& x) {
  janitoo_network result;
  janitoo_bus store;
  store.nodes.push_back(controller(x));
  for (auto& rrd : x.rules.rrds)
    if (!rrd.hadd.empty())
      store.nodes.push_back(datasource(rrd, x.janitoo));
  result.buses.push_back(std::move(store));
  if (!x.janitoo.http_hadd.empty())
    result.buses.push_back({{web_controller(x), web_pages(x)}});
  return result;
}

} // namespace rrdflow

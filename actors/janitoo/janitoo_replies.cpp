#include "actors/janitoo/janitoo_replies.hpp"

#include <array>

namespace rrdflow {

namespace {

std::string numbers(const std::vector<int64_t>& xs) {
  std::vector<std::string> texts;
  for (auto x : xs)
    texts.push_back(json_text(x));
  return json_array(texts);
}

json_object describe_node(const janitoo_member& x, bool online) {
  json_object result;
  result.set("uuid", json_text(x.uuid))
    .set("oid", json_text(x.oid))
    .set("capabilities", numbers(x.capabilities))
    .set("cmd_classes", numbers(x.cmd_classes))
    .set("name", json_text(x.name))
    .set("product_name", json_text(x.product_name))
    .set("product_type", json_text(x.product_type))
    .set("product_manufacturer", json_text(x.product_manufacturer))
    .set("location", json_text(x.location))
    .set("heartbeat", json_text(x.heartbeat))
    .set("config_timeout", json_text(x.config_timeout))
    .set("hadd", json_text(x.hadd))
    .set("state", json_text(online ? "ONLINE" : "OFFLINE"));
  return result;
}

std::string index_text(size_t i) {
  return std::to_string(i);
}

/// A value as lists show it: with all its indexes if it has several.
std::string listed(const janitoo_value& x, const janitoo_member& node) {
  // System values and commands have no index.
  if (x.genre == janitoo::system || x.genre == janitoo::command)
    return describe(x, node.uuid, node.hadd, 0, false).text();
  json_object result;
  auto several = x.configs.size() > 1;
  for (size_t i = 0; i < (several ? x.data.size() : 1); ++i)
    result.set(index_text(i),
               describe(x, node.uuid, node.hadd, i, several).text());
  return result.text();
}

json_object list_values(const janitoo_bus& bus, int64_t genre) {
  json_object result;
  for (auto& node : bus.nodes) {
    json_object values;
    for (auto& x : node.values)
      if (x.genre == genre)
        values.set(x.uuid, listed(x, node));
    if (!values.empty())
      result.set(node.hadd, values.text());
  }
  return result;
}

} // namespace

std::optional<json_object>
discover(const janitoo_bus& bus, const std::string& uuid,
         const janitoo_liveness& online) {
  if (uuid == "request_info_nodes") {
    json_object result;
    for (auto& x : bus.nodes)
      result.set(x.uuid, describe_node(x, online(x)).text());
    return result;
  }
  constexpr std::array<std::pair<const char*, int64_t>, 5> lists{{
    {"request_info_users", janitoo::user},
    {"request_info_configs", janitoo::setting},
    {"request_info_systems", janitoo::system},
    {"request_info_basics", janitoo::basic},
    {"request_info_commands", janitoo::command},
  }};
  for (auto& [name, genre] : lists)
    if (uuid == name)
      return list_values(bus, genre);
  return std::nullopt;
}

json_object discovery_reply(const janitoo_request& x, const json_object& data) {
  auto result = x.fields;
  return result.set("data", data.text());
}

json_object
setting_reply(const janitoo_request& x, const janitoo_value& value) {
  auto result = x.fields;
  return result.set("is_writeonly", "false")
    .set("is_readonly", "true")
    .set("label", json_text(value.label))
    .set("help", json_text(value.help));
}

json_object value_reply(const janitoo_request& x, const janitoo_value& value,
                        const janitoo_member& node) {
  auto result = describe(value, node.uuid, node.hadd, 0, false);
  result.merge(x.fields);
  return result.set("is_writeonly", "false").set("is_readonly", "true");
}

json_object polled(const janitoo_value& value, const janitoo_member& node) {
  if (value.configs.empty())
    return describe(value, node.uuid, node.hadd, 0, false);
  json_object result;
  for (size_t i = 0; i < value.data.size(); ++i)
    result.set(index_text(i),
               describe(value, node.uuid, node.hadd, i, true).text());
  return result;
}

std::string
value_topic(int64_t genre, const std::string& hadd, const std::string& uuid) {
  return std::string{"/values/"} + genre_name(genre) + '/' + hadd + '/' + uuid;
}

std::string reply_topic(const janitoo_request& x, bool broadcast) {
  if (x.reply_hadd.empty())
    return {};
  return broadcast ? "/broadcast/reply/" + x.reply_hadd
                   : "/nodes/" + x.reply_hadd + "/reply";
}

std::string heartbeat_topic(const std::string& hadd) {
  return "/dhcp/heartbeat/" + hadd;
}

} // namespace rrdflow

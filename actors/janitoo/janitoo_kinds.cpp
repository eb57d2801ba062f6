#include "actors/janitoo/janitoo_kinds.hpp"

#include <utility>

namespace rrdflow {

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

namespace {

janitoo_value limited(const char* uuid, int64_t data, const char* help) {
  auto x = plain(uuid, janitoo::system, janitoo::number, json_text(data), help);
  x.units_json = json_text("seconds");
  x.max_json = "3000";
  x.min_json = "0";
  return x;
}

} // namespace

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

} // namespace rrdflow

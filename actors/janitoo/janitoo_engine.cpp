#include "actors/janitoo/janitoo_engine.hpp"

#include "config/config.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace rrdflow {

namespace {

/// Says whether a node is online.
using janitoo_liveness = std::function<bool(const janitoo_member&)>;

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

/// What a discovery request asks for: `data` of the reply, about all nodes of a
/// bus. Nothing if there is no such request.
std::optional<json_object>
discover_all(const janitoo_bus& bus, const std::string& uuid,
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

/// The request with what belongs to the value, as a get or set of a
/// configuration or system value is answered. `data` is to be set.
json_object
setting_reply(const janitoo_request& x, const janitoo_value& value) {
  auto result = x.fields;
  return result.set("is_writeonly", "false")
    .set("is_readonly", "true")
    .set("label", json_text(value.label))
    .set("help", json_text(value.help));
}

/// The value with the request's members, as everything else is answered. `data`
/// is to be set.
json_object value_reply(const janitoo_request& x, const janitoo_value& value,
                        const janitoo_member& node) {
  auto result = describe(value, node.uuid, node.hadd, 0, false);
  result.merge(x.fields);
  return result.set("is_writeonly", "false").set("is_readonly", "true");
}

/// What a polled value publishes: the value, or one for each index.
json_object polled(const janitoo_value& value, const janitoo_member& node) {
  if (value.configs.empty())
    return describe(value, node.uuid, node.hadd, 0, false);
  json_object result;
  for (size_t i = 0; i < value.data.size(); ++i)
    result.set(index_text(i),
               describe(value, node.uuid, node.hadd, i, true).text());
  return result;
}

/// Where the value of a node is published.
std::string
value_topic(int64_t genre, const std::string& hadd, const std::string& uuid) {
  return std::string{"/values/"} + genre_name(genre) + '/' + hadd + '/' + uuid;
}

/// Where a reply goes; empty if the request does not say.
std::string reply_topic(const janitoo_request& x, bool broadcast) {
  if (x.reply_hadd.empty())
    return {};
  return broadcast ? "/broadcast/reply/" + x.reply_hadd
                   : "/nodes/" + x.reply_hadd + "/reply";
}

std::string heartbeat_topic(const std::string& hadd) {
  return "/dhcp/heartbeat/" + hadd;
}

/// The address in "/nodes/<hadd>/request"; empty if `topic` is none.
std::string_view asked_address(std::string_view topic) {
  constexpr std::string_view front = "/nodes/";
  constexpr std::string_view back = "/request";
  if (topic.size() <= front.size() + back.size()
      || topic.substr(0, front.size()) != front
      || topic.substr(topic.size() - back.size()) != back)
    return {};
  topic.remove_prefix(front.size());
  topic.remove_suffix(back.size());
  return topic;
}

bool contains(const std::vector<std::string>& xs, const std::string& x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

} // namespace

janitoo_engine::janitoo_engine(publisher publish,
                               std::function<bool(const std::string&)> exists,
                               metric_registry* registry)
  : publish_{std::move(publish)}, file_exists_{std::move(exists)},
    registry_{registry}, requests_{registry,
                                   {"janitoo_requests_total",
                                    "Requests of the Janitoo network."}},
    answers_{registry,
             {"janitoo_answers_total",
              "Requests and counts that were answered."}},
    not_done_{registry,
              {"janitoo_actions_not_done_total",
               "Actions that are answered though nothing is done."}},
    refused_{registry, refused_info, "reason"} {
  // nop
}

void janitoo_engine::configure(const config& x, int64_t now) {
  network_ = make_janitoo_network(x);
  if (scheduled_)
    clock_.schedule(network_, now);
}

void janitoo_engine::connected(int64_t now) {
  // The schedule begins with the first connection.
  if (!scheduled_)
    clock_.schedule(network_, now);
  else
    clock_.beat_now(now);
  scheduled_ = true;
}

std::optional<janitoo_task>
janitoo_engine::receive(std::string_view topic, std::string_view payload) {
  broadcast_ = topic == "/broadcast/request";
  const janitoo_bus* bus = nullptr;
  auto hadd = asked_address(topic);
  for (auto& x : network_.buses)
    if (!broadcast_ && x.find(hadd) != nullptr)
      bus = &x;
  if (!broadcast_ && bus == nullptr)
    return refuse(janitoo_refusal::topic);
  requests_.add();
  janitoo_request x;
  auto refused = reader_.read(payload, x);
  if (refused != janitoo_refusal::none)
    return refuse(refused);
  if (x.cmd_class == janitoo::discovery_class)
    return discover(bus, x);
  if (x.fields.find("hadd") == nullptr)
    return refuse(janitoo_refusal::fields);
  for (auto& y : network_.buses)
    if (broadcast_ || &y == bus)
      if (auto node = y.find(x.hadd))
        return get_or_set(*node, x);
  return refuse(janitoo_refusal::hadd);
}

std::optional<janitoo_task>
janitoo_engine::discover(const janitoo_bus* bus, const janitoo_request& x) {
  auto topic = reply_topic(x, broadcast_);
  if (topic.empty())
    return refuse(janitoo_refusal::fields);
  for (auto& y : network_.buses) {
    if (bus != nullptr && bus != &y)
      continue;
    auto data = x.genre != janitoo::system
                  ? std::nullopt
                  : discover_all(y, x.uuid,
                                 [this](auto& node) { return online(node); });
    if (!data)
      return refuse(janitoo_refusal::value);
    auto answer = x.fields;
    publish_(topic, answer.set("data", data->text()).text());
    answers_.add();
  }
  return std::nullopt;
}

std::optional<janitoo_task>
janitoo_engine::get_or_set(const janitoo_member& node,
                           const janitoo_request& x) {
  auto value = node.find(x.uuid);
  if (value == nullptr || value->cmd_class != x.cmd_class)
    return refuse(janitoo_refusal::value);
  if (x.cmd_class == janitoo::configuration_class)
    return value->genre == x.genre ? setting(node, *value, x)
                                   : refuse(janitoo_refusal::value);
  if (x.genre != janitoo::basic && x.genre != janitoo::user
      && x.genre != janitoo::command)
    return refuse(janitoo_refusal::value);
  janitoo_task answer;
  answer.answer = value_reply(x, *value, node);
  if (auto topic = reply_topic(x, broadcast_); !topic.empty())
    answer.topics.push_back(topic);
  answer.topics.push_back(value_topic(x.genre, node.hadd, value->uuid));
  if (x.writeonly.value_or(value->writeonly))
    return action(*value, x, std::move(answer));
  if (!x.readonly.value_or(true))
    return refuse(janitoo_refusal::action);
  read(*value, std::move(answer));
  return std::nullopt;
}

std::optional<janitoo_task>
janitoo_engine::setting(const janitoo_member& node, const janitoo_value& value,
                        const janitoo_request& x) {
  janitoo_task answer;
  answer.what = janitoo_task::kind::set;
  answer.answer = setting_reply(x, value);
  answer.topics = {value_topic(value.genre, node.hadd, value.uuid)};
  answer.wants_data = true;
  if (!x.writeonly.value_or(false)) {
    if (!x.readonly.value_or(true))
      return refuse(janitoo_refusal::action);
    done(answer, value.data.front());
    return std::nullopt;
  }
  auto data = x.fields.find("data");
  if (data == nullptr || value.fixed)
    return refuse(data == nullptr ? janitoo_refusal::fields
                                  : janitoo_refusal::action);
  answer.setting = {node.setting_node, value.uuid, *data};
  // What the system's values are set to is echoed.
  answer.wants_data = value.genre != janitoo::system;
  return answer;
}

std::optional<janitoo_task>
janitoo_engine::action(const janitoo_value& value, const janitoo_request& x,
                       janitoo_task answer) {
  if (!contains(value.actions, x.data))
    return refuse(janitoo_refusal::action);
  if (x.data == "flush" || x.data == "reload") {
    answer.what = x.data == "flush" ? janitoo_task::kind::flush
                                    : janitoo_task::kind::reload;
    return answer;
  }
  // HTTP_SERVER goes on: a client of the broker may not stop it.
  not_done_.add();
  done(answer, "");
  return std::nullopt;
}

void janitoo_engine::read(const janitoo_value& value, janitoo_task answer) {
  answer.wants_data = true;
  if (value.metric == nullptr) {
    done(answer, value.data.front());
    return;
  }
  auto numbers = registry_->values(value.metric);
  if (numbers.empty()) {
    // The flow does not run.
    refuse(janitoo_refusal::flow);
    return;
  }
  auto sum = 0.0;
  for (auto& x : numbers)
    sum += x.second;
  done(answer, json_text(static_cast<int64_t>(sum)));
}

void janitoo_engine::tick(int64_t now) {
  if (!scheduled_)
    return;
  for (auto& x : clock_.due(now))
    for (auto& bus : network_.buses) {
      auto node = bus.find(x.hadd);
      if (node == nullptr)
        continue;
      if (x.value.empty())
        publish_(heartbeat_topic(x.hadd), online(*node) ? "ONLINE" : "OFFLINE");
      else if (auto value = node->find(x.value))
        poll(*node, *value);
    }
}

void janitoo_engine::poll(const janitoo_member& node,
                          const janitoo_value& value) {
  janitoo_task answer;
  answer.answer = polled(value, node);
  answer.topics = {value_topic(value.genre, node.hadd, value.uuid)};
  if (value.metric == nullptr)
    publish_(answer.topics.front(), answer.answer.text());
  else
    read(value, std::move(answer));
}

void janitoo_engine::done(const janitoo_task& x, const std::string& data) {
  auto answer = x.answer;
  if (x.wants_data)
    answer.set("data", data);
  for (auto& topic : x.topics)
    publish_(topic, answer.text());
  answers_.add();
}

std::nullopt_t janitoo_engine::refuse(janitoo_refusal x) {
  refused_[x].add();
  return std::nullopt;
}

void janitoo_engine::leave() {
  for (auto x : network_.nodes())
    publish_(heartbeat_topic(x->hadd), "OFFLINE");
}

bool janitoo_engine::online(const janitoo_member& x) const {
  return x.rrd.empty() || file_exists_(x.rrd);
}

} // namespace rrdflow

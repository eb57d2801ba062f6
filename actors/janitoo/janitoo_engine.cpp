#include "actors/janitoo/janitoo_engine.hpp"

#include "config/config.hpp"

#include <algorithm>
#include <utility>

namespace rrdflow {

namespace {

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
    requests_{registry,
              {"janitoo_requests_total", "Requests of the Janitoo network."}},
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
  // Time begins when we are heard for the first time.
  if (!scheduled_)
    clock_.schedule(network_, now);
  else
    clock_.beat_now(now);
  scheduled_ = true;
}

std::vector<janitoo_task>
janitoo_engine::receive(std::string_view topic, std::string_view payload) {
  tasks result;
  broadcast_ = topic == "/broadcast/request";
  const janitoo_bus* bus = nullptr;
  auto hadd = asked_address(topic);
  for (auto& x : network_.buses)
    if (!broadcast_ && x.find(hadd) != nullptr)
      bus = &x;
  if (!broadcast_ && bus == nullptr) {
    refuse(janitoo_refusal::topic);
    return result;
  }
  requests_.add();
  janitoo_request x;
  auto refused = reader_.read(payload, x);
  if (refused != janitoo_refusal::none) {
    refuse(refused);
    return result;
  }
  if (x.cmd_class == janitoo::discovery_class) {
    discover(bus, x);
    return result;
  }
  if (x.fields.find("hadd") == nullptr) {
    refuse(janitoo_refusal::fields);
    return result;
  }
  const janitoo_member* node = nullptr;
  for (auto& y : network_.buses)
    if (node == nullptr && (broadcast_ || &y == bus))
      node = y.find(x.hadd);
  if (node == nullptr)
    refuse(janitoo_refusal::hadd);
  else
    get_or_set(*node, x, result);
  return result;
}

/// @param bus null: all of them
void janitoo_engine::discover(const janitoo_bus* bus,
                              const janitoo_request& x) {
  auto topic = reply_topic(x, broadcast_);
  if (topic.empty()) {
    refuse(janitoo_refusal::fields);
    return;
  }
  for (auto& y : network_.buses) {
    if (bus != nullptr && bus != &y)
      continue;
    auto data = x.genre != janitoo::system
                  ? std::nullopt
                  : rrdflow::discover(y, x.uuid, [this](auto& node) {
                      return online(node);
                    });
    if (!data) {
      refuse(janitoo_refusal::value);
      return;
    }
    send(topic, discovery_reply(x, *data).text());
    answers_.add();
  }
}

void janitoo_engine::get_or_set(const janitoo_member& node,
                                const janitoo_request& x, tasks& result) {
  auto value = node.find(x.uuid);
  if (value == nullptr || value->cmd_class != x.cmd_class) {
    refuse(janitoo_refusal::value);
    return;
  }
  if (x.cmd_class == janitoo::configuration_class) {
    if (value->genre != x.genre)
      refuse(janitoo_refusal::value);
    else
      setting(node, *value, x, result);
    return;
  }
  if (x.genre != janitoo::basic && x.genre != janitoo::user
      && x.genre != janitoo::command) {
    refuse(janitoo_refusal::value);
    return;
  }
  janitoo_task answer;
  answer.answer = value_reply(x, *value, node);
  if (auto topic = reply_topic(x, broadcast_); !topic.empty())
    answer.topics.push_back(topic);
  answer.topics.push_back(value_topic(x.genre, node.hadd, value->uuid));
  if (x.writeonly.value_or(value->writeonly))
    action(*value, x, std::move(answer), result);
  else if (x.readonly.value_or(true))
    read(*value, std::move(answer), result);
  else
    refuse(janitoo_refusal::action);
}

void janitoo_engine::setting(const janitoo_member& node,
                             const janitoo_value& value,
                             const janitoo_request& x, tasks& result) {
  janitoo_task answer;
  answer.what = janitoo_task::kind::set;
  answer.answer = setting_reply(x, value);
  answer.topics = {value_topic(value.genre, node.hadd, value.uuid)};
  answer.wants_data = true;
  if (!x.writeonly.value_or(false)) {
    if (x.readonly.value_or(true))
      done(answer, value.data.front());
    else
      refuse(janitoo_refusal::action);
    return;
  }
  auto data = x.fields.find("data");
  if (data == nullptr || value.fixed) {
    refuse(data == nullptr ? janitoo_refusal::fields : janitoo_refusal::action);
    return;
  }
  answer.setting = {node.setting_node, value.uuid, *data};
  // What the system's values are set to is echoed.
  answer.wants_data = value.genre != janitoo::system;
  result.push_back(std::move(answer));
}

void janitoo_engine::action(const janitoo_value& value,
                            const janitoo_request& x, janitoo_task answer,
                            tasks& result) {
  if (!contains(value.actions, x.data)) {
    refuse(janitoo_refusal::action);
    return;
  }
  if (x.data == "flush") {
    answer.what = janitoo_task::kind::flush;
    result.push_back(std::move(answer));
  } else if (x.data == "reload") {
    answer.what = janitoo_task::kind::reload;
    result.push_back(std::move(answer));
  } else {
    // The doors stay as they are: whoever may publish here need not be one who
    // may close them.
    not_done_.add();
    done(answer, "");
  }
}

void janitoo_engine::read(const janitoo_value& value, janitoo_task answer,
                          tasks& result) {
  answer.wants_data = true;
  if (value.from == janitoo_value::origin::model) {
    done(answer, value.data.front());
    return;
  }
  answer.what = value.from == janitoo_value::origin::count_files
                  ? janitoo_task::kind::count_files
                  : janitoo_task::kind::count_rows;
  result.push_back(std::move(answer));
}

std::vector<janitoo_task> janitoo_engine::tick(int64_t now) {
  tasks result;
  if (!scheduled_)
    return result;
  for (auto& x : clock_.due(now))
    for (auto& bus : network_.buses) {
      auto node = bus.find(x.hadd);
      if (node == nullptr)
        continue;
      if (x.value.empty())
        send(heartbeat_topic(x.hadd), online(*node) ? "ONLINE" : "OFFLINE");
      else if (auto value = node->find(x.value))
        poll(*node, *value, result);
    }
  return result;
}

void janitoo_engine::poll(const janitoo_member& node,
                          const janitoo_value& value, tasks& result) {
  janitoo_task answer;
  answer.answer = polled(value, node);
  answer.topics = {value_topic(value.genre, node.hadd, value.uuid)};
  if (value.from == janitoo_value::origin::model)
    send(answer.topics.front(), answer.answer.text());
  else
    read(value, std::move(answer), result);
}

void janitoo_engine::done(const janitoo_task& x, const std::string& data) {
  auto answer = x.answer;
  if (x.wants_data)
    answer.set("data", data);
  for (auto& topic : x.topics)
    send(topic, answer.text());
  answers_.add();
}

void janitoo_engine::refuse(janitoo_refusal x) {
  refused_[x].add();
}

void janitoo_engine::leave() {
  for (auto x : network_.nodes())
    send(heartbeat_topic(x->hadd), "OFFLINE");
}

bool janitoo_engine::online(const janitoo_member& x) const {
  return x.live == janitoo_member::liveness::always || file_exists_(x.rrd);
}

void janitoo_engine::send(const std::string& topic, std::string payload) {
  publish_(topic, std::move(payload));
}

} // namespace rrdflow

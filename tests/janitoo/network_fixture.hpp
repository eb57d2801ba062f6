#pragma once

#include "actors/janitoo/janitoo_engine.hpp"
#include "config/load.hpp"
#include "tests/test.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow::test {

/// The network of the protocol's description.
inline rrdflow::config example_network() {
  auto loaded = parse_config(R"(
[janitoo]
enabled = true
hadd = "0014/0000"
name = "RRD Controller"
location = "Local"
http_hadd = "0018/0000"
[http]
listen = ["unix:/run/x.sock", "localhost:8081"]
token_file = "t"
[[rrd]]
name = "load"
title = "RRD source load"
hadd = "0014/0008"
heartbeat_period = "60s"
location = "Local"
sources = [{ janitoo = "0048/0002|load|0", type = "GAUGE", label = "load1" }]
[[rrd]]
name = "memory"
node = "mem"
hadd = "0014/0009"
step = "60s"
source_poll = "0s"
sources = [
  { janitoo = "0048/0004|memory_rss|0", type = "GAUGE", label = "host" },
  { janitoo = "0048/0004|memory_rss|1", type = "GAUGE", label = "roomba" },
]
[[rrd]]
name = "quiet"
sources = [{ topic = "a/b", path = "c", type = "COUNTER", label = "x" }]
)",
                             "x.toml");
  for (auto& x : loaded.errors)
    CAF_MESSAGE(to_string(x));
  return std::move(loaded.value);
}

/// An engine, and what it publishes.
struct network_fixture {
  network_fixture() {
    engine.configure(settings, 0);
  }

  /// Publishes a request; returns the tasks that it makes.
  std::vector<janitoo_task>
  ask(const std::string& topic, const std::string& payload) {
    said.clear();
    auto task = engine.receive(topic, payload);
    return task ? std::vector{*task} : std::vector<janitoo_task>{};
  }

  /// The payload that was published last on a topic.
  std::string heard(const std::string& topic) const {
    std::string result = "nothing";
    for (auto& [where, what] : said)
      if (where == topic)
        result = what;
    return result;
  }

  /// All topics on which something was published since the last question.
  std::vector<std::string> topics() const {
    std::vector<std::string> result;
    for (auto& x : said)
      result.push_back(x.first);
    return result;
  }

  double refused(const std::string& reason) const {
    return registry.values("janitoo_refused_total").at({{"reason", reason}});
  }

  rrdflow::config settings = example_network();
  std::vector<std::pair<std::string, std::string>> said;
  std::set<std::string> files;
  metric_registry registry;
  janitoo_engine engine{
    [this](std::string topic, std::string payload) {
      said.emplace_back(std::move(topic), std::move(payload));
    },
    [this](const std::string& rrd) { return files.count(rrd) > 0; }, &registry};
};

inline constexpr auto to_bus = "/nodes/0014/0000/request";
inline constexpr auto broadcast = "/broadcast/request";

struct engine_fixture : network_fixture {
  static std::string
  discovery(const std::string& what,
            const std::string& more = R"(, "reply_hadd": "0111/0000")") {
    return R"({"cmd_class": 20480, "genre": 4, "uuid": "request_info_)" + what
           + '"' + more + '}';
  }

  /// A request to the controller that is no discovery.
  static std::string
  request(int cmd_class, int genre, const std::string& uuid,
          const std::string& more, const std::string& hadd = "0014/0000") {
    return R"({"cmd_class": )" + std::to_string(cmd_class) + R"(, "genre": )"
           + std::to_string(genre) + R"(, "uuid": ")" + uuid + R"(", "hadd": ")"
           + hadd + "\", " + more + '}';
  }

  bool has(const std::string& text, const std::string& part) {
    auto found = text.find(part) != std::string::npos;
    if (!found)
      CAF_MESSAGE("not in " << text);
    return found;
  }

  const std::string set_flags = R"("is_writeonly": true, "is_readonly": false)";
  const std::string get_flags = R"("is_writeonly": false, "is_readonly": true)";
  const std::string asker = R"("reply_hadd": "9999/9990")";
};

} // namespace rrdflow::test

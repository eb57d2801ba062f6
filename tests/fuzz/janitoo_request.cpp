/// Requests of a Janitoo network. The input: a topic as a line, and the
/// payload.

#include "actors/janitoo/janitoo_engine.hpp"
#include "config/load.hpp"
#include "tests/fuzz/oracle.hpp"

#include <simdjson.h>

#include <string>
#include <vector>

using namespace rrdflow;
using fuzz::require;

namespace {

constexpr std::string_view text = R"(
[janitoo]
enabled = true
hadd = "0014/0000"
http_hadd = "0018/0000"
[[rrd]]
name = "load"
step = "5m"
hadd = "0014/0008"
sources = [
  { janitoo = "0048/0002|load|0", type = "GAUGE", label = "load1" },
  { janitoo = "0048/0002|load|1", type = "GAUGE", label = "load5" },
]
)";

config load() {
  auto loaded = parse_config(std::string{text}, "fuzz.toml");
  require(loaded.errors.empty(), "the configuration is good");
  return loaded.value;
}

bool begins(std::string_view x, std::string_view with) {
  return x.substr(0, with.size()) == with;
}

/// What no broker takes ends the connection.
void check_topic(std::string_view x) {
  require(begins(x, "/nodes/") || begins(x, "/broadcast/reply/")
            || begins(x, "/values/"),
          "a topic of replies");
  require(x.find_first_of(std::string_view{"#+\0", 3}) == x.npos,
          "a topic that one may publish to");
  require(x.size() < 65536, "a topic of MQTT");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const config settings = load();
  auto payload = fuzz::text_of(data, size);
  auto topic = fuzz::take_line(payload);
  size_t published = 0;
  metric_registry registry;
  janitoo_engine uut{[&](const std::string& to, const std::string& what) {
                       ++published;
                       check_topic(to);
                       simdjson::dom::parser parser;
                       require(!parser.parse(what).error(), "replies are JSON");
                     },
                     [](const std::string&) { return true; }, &registry};
  uut.configure(settings, 0);
  auto task = uut.receive(topic, payload);
  auto refused = static_cast<size_t>(registry.sum("janitoo_refused_total"));
  require(published + task.has_value() + refused > 0, "nothing disappears");
  if (task) {
    auto before = published;
    uut.done(*task, "1");
    require(published - before == task->topics.size(), "each answer is sent");
  }
  return 0;
}

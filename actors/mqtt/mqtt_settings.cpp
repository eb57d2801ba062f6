#include "actors/mqtt/mqtt_settings.hpp"

#include "actors/base/file.hpp"
#include "actors/base/secret_file.hpp"
#include "config/config.hpp"
#include "messages/error.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace rrdflow {

namespace {

constexpr size_t id_digits = 16;
constexpr const char* id_prefix = "rrdflow-";

bool is_client_id(const std::string& x) {
  auto prefix = std::strlen(id_prefix);
  return x.size() == prefix + id_digits && x.compare(0, prefix, id_prefix) == 0
         && x.find_first_not_of("0123456789abcdef", prefix)
              == std::string::npos;
}

void strip_line_break(std::string& x) {
  if (!x.empty() && x.back() == '\n')
    x.pop_back();
  if (!x.empty() && x.back() == '\r')
    x.pop_back();
}

struct scheme_info {
  const char* name;
  const char* canonical;
  uint16_t port;
};

constexpr scheme_info schemes[] = {
  {"tcp", "tcp", 1883},   {"mqtt", "tcp", 1883}, {"ssl", "ssl", 8883},
  {"mqtts", "ssl", 8883}, {"ws", "ws", 80},      {"wss", "wss", 443},
};

} // namespace

std::string broker_address::uri() const {
  auto bare = host.find(':') != std::string::npos ? '[' + host + ']' : host;
  return scheme + "://" + bare + ':' + std::to_string(port) + path;
}

bool broker_address::secure() const {
  return scheme == "ssl" || scheme == "wss";
}

caf::expected<broker_address> parse_broker_address(const std::string& text) {
  auto bad = [&text](const char* reason) {
    return fail(ec::bad_config, "mqtt.broker: \"" + text + "\": " + reason);
  };
  auto colon = text.find("://");
  if (colon == std::string::npos)
    return bad("needs a scheme, as in tcp://127.0.0.1:1883");
  auto name = text.substr(0, colon);
  auto scheme = std::find_if(std::begin(schemes), std::end(schemes),
                             [&](auto& x) { return name == x.name; });
  if (scheme == std::end(schemes))
    return bad("the scheme is none of tcp, mqtt, ssl, mqtts, ws, wss");
  broker_address result{scheme->canonical, "", scheme->port, ""};
  auto rest = text.substr(colon + 3);
  if (auto slash = rest.find('/'); slash != std::string::npos) {
    result.path = rest.substr(slash);
    rest.erase(slash);
  }
  auto end = std::string::npos;
  if (!rest.empty() && rest[0] == '[') {
    end = rest.find(']');
    if (end == std::string::npos)
      return bad("a bracket is not closed");
    result.host = rest.substr(1, end - 1);
    rest.erase(0, end + 1);
  } else {
    end = std::min(rest.find(':'), rest.size());
    result.host = rest.substr(0, end);
    rest.erase(0, end);
  }
  if (result.host.empty())
    return bad("the host is missing");
  if (!rest.empty()) {
    auto last = rest.data() + rest.size();
    auto parsed = std::from_chars(rest.data() + 1, last, result.port);
    if (rest[0] != ':' || parsed.ec != std::errc{} || parsed.ptr != last
        || result.port == 0)
      return bad("the port is not a number from 1 to 65535");
  }
  if (result.scheme == "tcp" || result.scheme == "ssl")
    result.path.clear();
  return result;
}

caf::expected<std::string> kept_client_id(const std::string& store) {
  auto file = store + "/client_id";
  auto text = read_file(file);
  if (text) {
    strip_line_break(*text);
    if (!is_client_id(*text))
      return fail(ec::damaged, file + ": not a client id");
    return text;
  }
  if (text.error() != ec::not_found)
    return text;
  unsigned char bytes[id_digits / 2];
  if (::getrandom(bytes, sizeof(bytes), 0) != ssize_t{sizeof(bytes)})
    return fail(ec::io_failed,
                std::string{"no random numbers: "} + std::strerror(errno));
  std::string result = id_prefix;
  for (auto byte : bytes) {
    result += "0123456789abcdef"[byte >> 4];
    result += "0123456789abcdef"[byte & 15];
  }
  if (auto err = replace_file(file, result + '\n', 0640))
    return err;
  return result;
}

caf::expected<std::string> read_password(const std::string& file) {
  // MQTT's own limit.
  auto result = read_secret("mqtt.password_file", file, 65535);
  if (result)
    strip_line_break(*result);
  return result;
}

caf::expected<mqtt_settings>
resolve_mqtt_settings(const config& x, const std::string& address) {
  mqtt_settings result;
  result.mqtt = x.mqtt;
  result.max_payload = x.limits.payload;
  if (!address.empty())
    result.mqtt.broker = address;
  if (auto parsed = parse_broker_address(result.mqtt.broker); !parsed)
    return std::move(parsed.error());
  result.client_id = x.mqtt.client_id;
  if (result.client_id.empty()) {
    auto id = kept_client_id(x.store.directory);
    if (!id)
      return std::move(id.error());
    result.client_id = std::move(*id);
  }
  if (!x.mqtt.password_file.empty()) {
    auto password = read_password(x.mqtt.password_file);
    if (!password)
      return std::move(password.error());
    result.password = std::move(*password);
  }
  if (auto& key = x.mqtt.tls.key_file; !key.empty())
    if (auto err = check_secret("mqtt.tls.key_file", key))
      return err;
  auto table = subscription_table::open(x.store.directory + "/subscriptions");
  if (!table)
    return std::move(table.error());
  result.table = std::move(*table);
  if (x.janitoo.enabled) {
    result.table->want_also(janitoo_filters(x.janitoo));
    result.line = std::make_shared<node_queue>();
    result.will_topic = "/dhcp/heartbeat/" + x.janitoo.hadd;
  }
  return result;
}

std::vector<std::string> janitoo_filters(const janitoo_config& x) {
  if (!x.enabled)
    return {};
  std::vector<std::string> result{"/broadcast/request"};
  for (auto& hadd : {x.hadd, x.http_hadd})
    if (!hadd.empty())
      result.push_back("/nodes/" + hadd.substr(0, hadd.find('/')) + "/#");
  return result;
}

} // namespace rrdflow

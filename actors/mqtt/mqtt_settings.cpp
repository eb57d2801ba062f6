#include "actors/mqtt/mqtt_settings.hpp"

#include "actors/base/file.hpp"
#include "actors/base/secret_file.hpp"
#include "config/config.hpp"
#include "messages/error.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
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

} // namespace

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
  auto& broker = result.mqtt.broker;
  if (broker.embedded() || !broker.mistake.empty())
    return fail(ec::bad_config,
                "mqtt.broker: \"" + broker.text + "\": " + broker.mistake);
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
  auto table = subscription_table::open(x.store.directory + "/subscriptions",
                                        subscription_table::random_start());
  if (!table)
    return std::move(table.error());
  result.table = std::move(*table);
  if (x.janitoo.enabled) {
    result.table->want_also(janitoo_filters(x.janitoo));
    result.node = std::make_shared<node_queue>();
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

#include "actors/mqtt/broker_limits.hpp"

#include "actors/base/file.hpp"
#include "config/addresses.hpp"
#include "messages/error.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>
#include <system_error>

namespace rrdflow {

namespace {

/// What a mosquitto.conf says about the messages that wait for a client.
struct mosquitto_conf {
  std::vector<uint16_t> ports;
  bool persistence = false;
  bool autosave_on_changes = false;

  /// Seconds, or changes with `autosave_on_changes`.
  uint64_t autosave_interval = 1800;

  /// 0: no limit.
  uint64_t max_queued_messages = 1000;

  /// 0: no limit.
  uint64_t max_queued_bytes = 0;

  /// Seconds; 0: never.
  uint64_t client_expiration = 0;
};

constexpr size_t max_files = 100;
constexpr size_t max_bytes = 1 << 20;

/// A thousand messages a second for some minutes, or a hundred for a quarter of
/// an hour: with less, an update of this machine loses messages.
constexpr uint64_t few_messages = 100000;
constexpr uint64_t few_bytes = 16 << 20;

uint64_t number(const std::string& x) {
  uint64_t result = 0;
  std::from_chars(x.data(), x.data() + x.size(), result);
  return result;
}

/// "12h", in hours, days, weeks, months or years.
uint64_t duration(const std::string& x) {
  constexpr std::pair<char, uint64_t> units[] = {
    {'h', 3600}, {'d', 86400}, {'w', 604800}, {'m', 2592000}, {'y', 31536000}};
  for (auto& [unit, seconds] : units)
    if (!x.empty() && x.back() == unit)
      return number(x) * seconds;
  return 0;
}

/// Takes over one line; returns the folder that it includes.
std::string take_line(const std::string& line, mosquitto_conf& out) {
  std::istringstream words{line};
  std::string key;
  std::string value;
  words >> key >> value;
  if (key == "port" || key == "listener") {
    if (auto port = number(value); port > 0 && port < 65536)
      out.ports.push_back(static_cast<uint16_t>(port));
  } else if (key == "persistence") {
    out.persistence = value == "true";
  } else if (key == "autosave_on_changes") {
    out.autosave_on_changes = value == "true";
  } else if (key == "autosave_interval") {
    out.autosave_interval = number(value);
  } else if (key == "max_queued_messages") {
    out.max_queued_messages = number(value);
  } else if (key == "max_queued_bytes") {
    out.max_queued_bytes = number(value);
  } else if (key == "persistent_client_expiration") {
    out.client_expiration = duration(value);
  } else if (key == "include_dir") {
    return value;
  }
  return {};
}

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> result;
  std::error_code error;
  for (std::filesystem::directory_iterator i{folder, error}, end;
       !error && i != end && result.size() <= max_files; i.increment(error))
    if (i->path().extension() == ".conf")
      result.push_back(i->path());
  std::sort(result.begin(), result.end());
  return result;
}

/// @returns whether all could be read.
bool read_into(const std::string& file, bool may_include, mosquitto_conf& out) {
  auto text = read_file(file, max_bytes);
  if (!text)
    return false;
  std::istringstream lines{*text};
  for (std::string line; std::getline(lines, line);) {
    auto folder = take_line(line, out);
    if (folder.empty() || !may_include)
      continue;
    auto files = files_in(folder);
    auto read = [&](auto& x) { return read_into(x, false, out); };
    if (files.size() > max_files
        || !std::all_of(files.begin(), files.end(), read))
      return false;
  }
  return true;
}

/// Nothing, if one of the files cannot be read or is too large to be one.
std::optional<mosquitto_conf> read_mosquitto_conf(const std::string& file) {
  mosquitto_conf result;
  if (!read_into(file, true, result))
    return std::nullopt;
  if (result.ports.empty())
    result.ports.push_back(1883);
  return result;
}

std::vector<std::string>
losses(const mosquitto_conf& broker, const mqtt_config& client) {
  std::vector<std::string> result;
  auto text = [](auto x) { return std::to_string(x); };
  if (auto n = broker.max_queued_messages; n > 0 && n < few_messages)
    result.push_back("max_queued_messages is " + text(n)
                     + ": what comes beyond that while rrdflow is away or "
                       "stalled is lost, although its sender is told that it "
                       "is safe; set it to the messages of the longest "
                       "absence, e.g. 5000000");
  if (auto n = broker.max_queued_bytes; n > 0 && n < few_bytes)
    result.push_back("max_queued_bytes is " + text(n)
                     + ": what comes beyond that while rrdflow is away or "
                       "stalled is lost; set it to the memory that the broker "
                       "may take");
  if (!broker.persistence)
    result.push_back("persistence is false: a restart of the broker loses "
                     "what waits for rrdflow; set it to true");
  else if (!broker.autosave_on_changes)
    result.push_back("autosave_interval is " + text(broker.autosave_interval)
                     + " s: a crash of the broker loses what came since; set "
                       "autosave_on_changes true and autosave_interval 1000");
  auto expiry = static_cast<uint64_t>(client.session_expiry.count());
  if (auto n = broker.client_expiration; n > 0 && n < expiry)
    result.push_back("persistent_client_expiration is " + text(n)
                     + " s: after an absence of that time all that waits is "
                       "lost; mqtt.session_expiry is "
                     + text(expiry) + " s");
  return result;
}

} // namespace

std::vector<std::string>
warnings(const broker_facts& x, const mqtt_config& client, size_t filters) {
  std::vector<std::string> result;
  auto expiry = static_cast<uint64_t>(client.session_expiry.count());
  if (x.session_expiry && *x.session_expiry < expiry)
    result.push_back(
      "the broker keeps our session for " + std::to_string(*x.session_expiry)
      + " s and not for the " + std::to_string(expiry)
      + " s of mqtt.session_expiry: after a longer absence all that waits is "
        "lost (the broker's own limit; mosquitto: "
        "persistent_client_expiration)");
  if (!x.wildcards)
    result.push_back("the broker allows no wildcards: filters with + or # "
                     "bring nothing");
  if (!x.identifiers && filters > 1)
    result.push_back("the broker knows no subscription identifiers: a message "
                     "that several filters match may count once for each");
  return result;
}

std::optional<std::vector<std::string>>
known_losses(const mqtt_config& client, const std::string& file) {
  if (client.broker.embedded())
    return std::vector<std::string>{};
  if (!is_loopback_host(client.broker.host))
    return std::nullopt;
  auto conf = read_mosquitto_conf(file);
  if (!conf)
    return std::nullopt;
  auto& ports = conf->ports;
  if (std::find(ports.begin(), ports.end(), client.broker.port) == ports.end())
    return std::nullopt;
  auto result = losses(*conf, client);
  for (auto& x : result)
    x = file + ": " + x;
  return result;
}

std::string general_advice() {
  return "its limits cannot be known from here: in a mosquitto.conf set "
         "max_queued_messages (1000 if not set) to the messages of the "
         "longest absence of rrdflow, and persistence and "
         "autosave_on_changes to true; or messages are lost, although their "
         "senders are told that they are safe";
}

} // namespace rrdflow

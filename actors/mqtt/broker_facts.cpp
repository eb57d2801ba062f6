#include "actors/mqtt/broker_facts.hpp"

namespace rrdflow {

std::vector<std::string>
warnings(const broker_facts& x, const mqtt_config& ours, size_t filters) {
  std::vector<std::string> result;
  auto expiry = static_cast<uint64_t>(ours.session_expiry.count());
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

} // namespace rrdflow

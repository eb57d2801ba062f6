#pragma once

#include "actors/janitoo/janitoo_network.hpp"
#include "actors/janitoo/janitoo_request.hpp"

#include <functional>
#include <optional>
#include <string>

namespace rrdflow {

/// Says whether a node is online.
using janitoo_liveness = std::function<bool(const janitoo_member&)>;

/// What a discovery request asks for: `data` of the reply, about all nodes of a
/// bus. Nothing if there is no such request.
std::optional<json_object>
discover(const janitoo_bus& bus, const std::string& uuid,
         const janitoo_liveness& online);

/// The request with `data`, as a discovery is answered.
json_object discovery_reply(const janitoo_request& x, const json_object& data);

/// The request with what belongs to the value, as a get or set of a
/// configuration or system value is answered. `data` is to be set.
json_object setting_reply(const janitoo_request& x, const janitoo_value& value);

/// The value with the request's members, as everything else is answered. `data`
/// is to be set.
json_object value_reply(const janitoo_request& x, const janitoo_value& value,
                        const janitoo_member& node);

/// What a polled value publishes: the value, or one for each index.
json_object polled(const janitoo_value& value, const janitoo_member& node);

/// Where the value of a node is published.
std::string
value_topic(int64_t genre, const std::string& hadd, const std::string& uuid);

/// Where a reply goes; empty if the request does not say.
std::string reply_topic(const janitoo_request& x, bool broadcast);

std::string heartbeat_topic(const std::string& hadd);

} // namespace rrdflow

#pragma once

#include "actors/mqtt/broker_facts.hpp"

#include <mqtt/async_client.h>

#include <string>
#include <utility>

namespace rrdflow {

/// Whether a number of paho or MQTT is an answer of a broker.
bool is_answer(int code);

/// What a number of a broker means, for people.
std::string describe_answer(int code);

/// The reason of MQTT 5; 0 on 3.1.1, which paho marks with a number of its own.
int reason_of(mqtt::ReasonCode x);

/// What the broker said with its yes.
broker_facts facts_of(const mqtt::connect_response& x);

/// The outcome of an action: its number, or 0, and paho's words.
std::pair<int, std::string> outcome(const mqtt::token& x);

} // namespace rrdflow

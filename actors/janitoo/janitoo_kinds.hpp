#pragma once

#include "actors/janitoo/janitoo_network.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace rrdflow {

// The kinds of values that nodes have. Texts named `data` and `default_json`
// are JSON.

/// A value of the configuration without a factory.
janitoo_value plain(const char* uuid, int64_t genre, int64_t type,
                    std::string data, const char* help);

/// A value of the configuration that a factory of the original makes.
janitoo_value
configured(const char* entry, int64_t type, const char* uuid, const char* label,
           std::string data, std::string default_json);

janitoo_value sensor(const char* entry, int64_t type, const char* uuid,
                     const char* label, const char* help);

janitoo_value actions(const char* uuid, int64_t cmd_class, const char* help,
                      std::vector<std::string> list);

/// Adds `x` to a node as a polled value, and the value that says how often.
/// @param usual the delay by default, in seconds
void add_polled(janitoo_member& to, janitoo_value x, std::chrono::seconds delay,
                int64_t usual);

/// Adds the values that every node has.
void add_common(janitoo_member& x);

} // namespace rrdflow

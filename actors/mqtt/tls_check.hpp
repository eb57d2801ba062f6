#pragma once

#include "config/mqtt_config.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace rrdflow {

/// Shakes hands with a TLS server, checking its certificate as paho is told to,
/// and says what is wrong; paho does not.
/// @returns an empty text if all is well. Blocks up to three times `limit`, and
///   for the resolver.
/// @note SIGPIPE must be ignored or blocked.
std::string why_no_tls(const std::string& host, uint16_t port,
                       const tls_config& tls, std::chrono::milliseconds limit);

} // namespace rrdflow

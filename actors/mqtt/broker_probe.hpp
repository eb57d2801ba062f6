#pragma once

#include "config/mqtt_config.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace rrdflow {

// paho needs a second to find out that no broker listens, and names no reason:
// these find it out first.

/// Tries to reach a TCP port; returns why it cannot be reached, or an empty
/// text. Blocks up to `timeout`, and for the resolver.
std::string probe_tcp(const std::string& host, uint16_t port,
                      std::chrono::milliseconds timeout);

/// Shakes hands with a TLS server, checking its certificate as paho is told to,
/// and says what is wrong.
/// @returns an empty text if all is well. Blocks up to three times `timeout`,
///          and for the resolver.
/// @note SIGPIPE must be ignored or blocked.
std::string probe_tls(const std::string& host, uint16_t port,
                      const tls_config& tls, std::chrono::milliseconds timeout);

} // namespace rrdflow

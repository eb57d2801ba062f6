#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// Why `x` is not "HOST:PORT" or "unix:/path"; empty: it is one.
std::string listen_mistake(std::string_view x);

/// Whether only this machine reaches the address `x`, which is without mistake.
bool is_loopback(std::string_view x);

/// Whether `x`, a host with or without brackets, is this machine for certain:
/// "localhost" or a numeric address. Names may be anybody.
bool is_loopback_host(std::string_view x);

// The network can set where we listen. What it may choose can be listened on
// without the administrator's rights, and is not more than he allowed; why not,
// or empty. `listen` is what is listened on.

std::string run_time_host_mistake(std::string_view x,
                                  const std::vector<std::string>& listen);
std::string run_time_port_mistake(std::string_view x,
                                  const std::vector<std::string>& listen);

/// Why `x` is neither "embedded" nor the address of a broker; empty: it is.
std::string broker_mistake(std::string_view x);

/// Whether connections to the broker at `x` are encrypted.
bool is_encrypted(std::string_view x);

/// Why `x` is no IANA time zone; empty: it is one. Looks it up in the system's
/// zones, if there are any.
std::string time_zone_mistake(std::string_view x);

/// Whether `x` looks like a Janitoo address, e.g. "0014/0001".
bool is_janitoo_address(std::string_view x);

} // namespace rrdflow

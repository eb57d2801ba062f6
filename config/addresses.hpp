#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rrdflow {

/// Where a broker is, as `mqtt.broker` says it: "tcp://HOST:PORT" with the
/// schemes tcp, mqtt, ssl, mqtts, ws and wss, or "embedded".
class broker_address {
public:
  broker_address() = default;

  /// Reads `x`; see `mistake`.
  broker_address(std::string x); // NOLINT: stands for its text

  broker_address(const char* x) : broker_address{std::string{x}} {
    // nop
  }

  /// As it was written.
  std::string text;

  /// Why `text` is no address of a broker; empty: it is one.
  std::string mistake;

  /// Of paho: tcp, ssl, ws or wss; empty: the broker is the embedded one.
  std::string scheme;

  /// Without brackets.
  std::string host;
  uint16_t port = 0;

  /// From the port's end on, e.g. "/mqtt" of a websocket.
  std::string path;

  bool embedded() const {
    return text == "embedded";
  }

  /// Whether the connection is encrypted.
  bool secure() const {
    return scheme == "ssl" || scheme == "wss";
  }

  /// With scheme and port as paho wants them.
  std::string uri() const;
};

inline bool operator==(const broker_address& x, const broker_address& y) {
  return x.text == y.text;
}

/// Where to listen: "HOST:PORT", "[IPV6]:PORT", "*:PORT" (all interfaces) or
/// "unix:/path".
class listen_address {
public:
  listen_address() = default;

  /// Reads `x`; see `mistake`.
  listen_address(std::string x); // NOLINT: stands for its text

  listen_address(const char* x) : listen_address{std::string{x}} {
    // nop
  }

  /// As it was written.
  std::string text;

  /// Why `text` is no such address; empty: it is one.
  std::string mistake;

  /// Without brackets; empty for all interfaces and for a unix socket.
  std::string host;

  /// 0: any.
  uint16_t port = 0;

  /// Of a unix socket; empty for TCP.
  std::string path;

  /// Whether only this machine can connect. A name other than "localhost" does
  /// not count.
  bool local() const;
};

inline bool operator==(const listen_address& x, const listen_address& y) {
  return x.text == y.text;
}

/// Whether `x`, a host with or without brackets, is this machine for certain:
/// "localhost" or a numeric address. Names may stand for any address.
bool is_loopback_host(std::string_view x);

// The network can set where the service listens. What it may choose can be
// listened on without the administrator's rights, and is not more than he
// allowed; why not, or empty. `listen` is what is listened on.

std::string run_time_host_mistake(std::string_view x,
                                  const std::vector<listen_address>& listen);
std::string run_time_port_mistake(std::string_view x,
                                  const std::vector<listen_address>& listen);

/// Why `x` is no IANA time zone; empty: it is one. Looks it up in the system's
/// zones, if there are any.
std::string time_zone_mistake(std::string_view x);

/// Whether `x` looks like a Janitoo address, e.g. "0014/0001".
bool is_janitoo_address(std::string_view x);

} // namespace rrdflow

#pragma once

#include "messages/error.hpp"

#include <caf/expected.hpp>

#include <string>
#include <vector>

namespace rrdflow {

/// Where to listen: a TCP port or a Unix socket.
struct listen_address {
  /// Without brackets; empty for a Unix socket.
  std::string host;
  std::string port;

  /// Empty for TCP.
  std::string path;
};

/// Reads "HOST:PORT", "[IPV6]:PORT" or "unix:/path".
/// @returns ec::bad_config for anything else.
caf::expected<listen_address> parse_listen_address(const std::string& x);

/// Whether only this machine can connect. A name other than "localhost" does
/// not count.
bool is_local(const listen_address& x);

/// A listening socket, closed with this object; the file of a Unix socket is
/// removed then.
class listen_socket {
public:
  listen_socket(int fd, std::string name, std::string path);
  listen_socket(listen_socket&& other) noexcept;
  listen_socket& operator=(listen_socket&&) = delete;
  ~listen_socket();

  int fd() const noexcept {
    return fd_;
  }

  /// "127.0.0.1:8081" with the port in use, "[::1]:8081" or "unix:/path".
  const std::string& name() const noexcept {
    return name_;
  }

private:
  int fd_;
  std::string name_;
  std::string path_;
};

/// Opens the sockets of an address: "localhost" has one for each protocol. A
/// Unix socket gets mode 0660; the file of one that nobody serves any more is
/// replaced.
/// @returns ec::io_failed, e.g. "127.0.0.1:8081: Address already in use".
caf::expected<std::vector<listen_socket>> listen_on(const listen_address& x);

} // namespace rrdflow

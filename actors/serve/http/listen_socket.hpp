#pragma once

#include "config/addresses.hpp"
#include "messages/error.hpp"

#include <caf/expected.hpp>

#include <string>
#include <vector>

namespace rrdflow {

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
/// Unix socket gets mode 0660; the file of one that no process serves any more
/// is replaced.
/// @returns ec::bad_config if it is none, or ec::io_failed, e.g.
/// "127.0.0.1:8081: Address already in use".
caf::expected<std::vector<listen_socket>> listen_on(const listen_address& x);

} // namespace rrdflow

#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace rrdflow {

/// A socket of this process; the inode tells whether the descriptor still
/// means the same one.
struct socket_mark {
  int descriptor = -1;
  ino_t inode = 0;
};

/// All sockets of this process that are connected to `port` somewhere.
std::vector<socket_mark> sockets_to(uint16_t port);

/// Those of `now` that are not among `before`.
std::vector<socket_mark> added(const std::vector<socket_mark>& before,
                               const std::vector<socket_mark>& now);

/// Ends the connections: nothing can be sent on them from here on. Descriptors
/// stay open, they belong to somebody else.
void shut_down(const std::vector<socket_mark>& xs);

/// Connects to a TCP port. Blocks up to `limit`, and for the resolver.
/// @returns a blocking socket that the caller closes, or -1 and the `reason`.
int connect_to(const std::string& host, uint16_t port,
               std::chrono::milliseconds limit, std::string& reason);

/// Tries to reach a TCP port; returns why it cannot be reached, or an empty
/// text. Blocks up to `limit`, and for the resolver.
std::string why_unreachable(const std::string& host, uint16_t port,
                            std::chrono::milliseconds limit);

} // namespace rrdflow

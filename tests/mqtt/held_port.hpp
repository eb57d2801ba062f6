#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace rrdflow::test {

/// A port on loopback that is ours while this lives: bound and never
/// listening, it goes to nobody but who reuses addresses, as servers do.
class held_port {
public:
  held_port() : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto size = static_cast<socklen_t>(sizeof(address));
    auto* name = reinterpret_cast<sockaddr*>(&address);
    auto yes = 1;
    if (::bind(fd_, name, size) != 0 || ::getsockname(fd_, name, &size) != 0
        || ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0)
      throw std::system_error{errno, std::generic_category(), "no free port"};
    number_ = ntohs(address.sin_port);
  }

  held_port(const held_port&) = delete;

  ~held_port() {
    ::close(fd_);
  }

  uint16_t number() const {
    return number_;
  }

private:
  int fd_;
  uint16_t number_ = 0;
};

} // namespace rrdflow::test

#include "actors/serve/http/listen_socket.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace rrdflow {

namespace {

constexpr int backlog = 128;

caf::error failed(const std::string& where, int code) {
  return fail(ec::io_failed, where + ": " + std::strerror(code));
}

/// The numeric form of a bound socket's address.
std::string bound_name(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (getsockname(fd, address, &size) != 0
      || getnameinfo(address, size, host, sizeof(host), port, sizeof(port),
                     NI_NUMERICHOST | NI_NUMERICSERV)
           != 0)
    return "?";
  auto v6 = address->sa_family == AF_INET6;
  return (v6 ? "[" + std::string{host} + "]" : host)
         + (":" + std::string{port});
}

/// @returns the socket, or the negative error number.
int open_tcp(const addrinfo& x) {
  auto fd = socket(x.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return -errno;
  auto on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (x.ai_family == AF_INET6)
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  if (bind(fd, x.ai_addr, x.ai_addrlen) == 0 && listen(fd, backlog) == 0)
    return fd;
  auto code = errno;
  close(fd);
  return -code;
}

caf::expected<std::vector<listen_socket>> listen_tcp(const listen_address& x) {
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  auto port = std::to_string(x.port);
  auto* host = x.host.empty() ? nullptr : x.host.c_str();
  if (auto code = getaddrinfo(host, port.c_str(), &hints, &found))
    return fail(ec::io_failed, x.text + ": " + gai_strerror(code));
  std::unique_ptr<addrinfo, void (*)(addrinfo*)> guard{found, freeaddrinfo};
  std::vector<listen_socket> result;
  auto code = 0;
  for (auto* i = found; i != nullptr; i = i->ai_next) {
    auto fd = open_tcp(*i);
    if (fd >= 0)
      result.emplace_back(fd, bound_name(fd), "");
    else if (fd != -EADDRNOTAVAIL && fd != -EAFNOSUPPORT)
      return failed(x.text, -fd);
    else
      code = -fd;
  }
  if (result.empty())
    return failed(x.text, code);
  return result;
}

/// Makes way for a new socket unless a process answers at the old one.
int remove_stale(const sockaddr_un& address) {
  struct stat info {};
  if (lstat(address.sun_path, &info) != 0)
    return errno == ENOENT ? 0 : errno;
  if (!S_ISSOCK(info.st_mode))
    return EEXIST;
  auto fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return errno;
  auto* generic = reinterpret_cast<const sockaddr*>(&address);
  auto refused
    = connect(fd, generic, sizeof(address)) != 0 && errno == ECONNREFUSED;
  close(fd);
  if (!refused)
    return EADDRINUSE;
  return unlink(address.sun_path) == 0 ? 0 : errno;
}

caf::expected<std::vector<listen_socket>> listen_unix(const listen_address& x) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  x.path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  if (auto code = remove_stale(address))
    return failed(x.text, code);
  auto fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return failed(x.text, errno);
  auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (bind(fd, generic, sizeof(address)) != 0) {
    auto code = errno;
    close(fd);
    return failed(x.text, code);
  }
  listen_socket result{fd, x.text, x.path};
  // No client can connect before `listen`.
  if (chmod(x.path.c_str(), 0660) != 0 || listen(fd, backlog) != 0)
    return failed(x.text, errno);
  std::vector<listen_socket> results;
  results.push_back(std::move(result));
  return results;
}

} // namespace

listen_socket::listen_socket(int fd, std::string name, std::string path)
  : fd_{fd}, name_{std::move(name)}, path_{std::move(path)} {
  // nop
}

listen_socket::listen_socket(listen_socket&& other) noexcept
  : fd_{std::exchange(other.fd_, -1)}, name_{std::move(other.name_)},
    path_{std::exchange(other.path_, {})} {
  // nop
}

listen_socket::~listen_socket() {
  if (fd_ < 0)
    return;
  close(fd_);
  if (!path_.empty())
    unlink(path_.c_str());
}

caf::expected<std::vector<listen_socket>> listen_on(const listen_address& x) {
  if (!x.mistake.empty())
    return fail(ec::bad_config, x.text + ": " + x.mistake);
  return x.path.empty() ? listen_tcp(x) : listen_unix(x);
}

} // namespace rrdflow

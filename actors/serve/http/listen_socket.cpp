#include "actors/serve/http/listen_socket.hpp"

#include "config/address_syntax.hpp"

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

std::string display(const listen_address& x) {
  if (!x.path.empty())
    return "unix:" + x.path;
  auto v6 = x.host.find(':') != std::string::npos;
  return (v6 ? "[" + x.host + "]" : x.host) + ":" + x.port;
}

caf::error failed(const std::string& where, int code) {
  return fail(ec::io_failed, where + ": " + std::strerror(code));
}

bool is_port(const std::string& x) {
  return !x.empty() && x.size() <= 5
         && x.find_first_not_of("0123456789") == std::string::npos
         && std::stoi(x) <= 65535;
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
  return display({host, port, ""});
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
  auto* host = x.host.empty() ? nullptr : x.host.c_str();
  if (auto code = getaddrinfo(host, x.port.c_str(), &hints, &found))
    return fail(ec::io_failed, display(x) + ": " + gai_strerror(code));
  std::unique_ptr<addrinfo, void (*)(addrinfo*)> guard{found, freeaddrinfo};
  std::vector<listen_socket> result;
  auto code = 0;
  for (auto* i = found; i != nullptr; i = i->ai_next) {
    auto fd = open_tcp(*i);
    if (fd >= 0)
      result.emplace_back(fd, bound_name(fd), "");
    else if (fd != -EADDRNOTAVAIL && fd != -EAFNOSUPPORT)
      return failed(display(x), -fd);
    else
      code = -fd;
  }
  if (result.empty())
    return failed(display(x), code);
  return result;
}

/// Makes way for a new socket unless somebody answers at the old one.
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
  if (x.path.size() >= sizeof(address.sun_path))
    return fail(ec::bad_config, display(x) + ": the path is too long");
  std::memcpy(address.sun_path, x.path.c_str(), x.path.size());
  if (auto code = remove_stale(address))
    return failed(display(x), code);
  auto fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return failed(display(x), errno);
  auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (bind(fd, generic, sizeof(address)) != 0) {
    auto code = errno;
    close(fd);
    return failed(display(x), code);
  }
  listen_socket result{fd, display(x), x.path};
  // Nobody can connect before `listen`.
  if (chmod(x.path.c_str(), 0660) != 0 || listen(fd, backlog) != 0)
    return failed(display(x), errno);
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

caf::expected<listen_address> parse_listen_address(const std::string& x) {
  auto bad = [&] {
    return fail(ec::bad_config,
                x + ": neither \"HOST:PORT\" nor \"unix:/path\"");
  };
  if (x.compare(0, 5, "unix:") == 0) {
    if (x.size() < 7 || x[5] != '/')
      return bad();
    return listen_address{"", "", x.substr(5)};
  }
  auto colon = x.rfind(':');
  if (colon == std::string::npos || !is_port(x.substr(colon + 1)))
    return bad();
  auto host = x.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  else if (host.find_first_of(":[]") != std::string::npos)
    return bad();
  if (host == "*")
    host.clear();
  return listen_address{host, x.substr(colon + 1), ""};
}

bool is_local(const listen_address& x) {
  return !x.path.empty() || is_loopback_host(x.host);
}

caf::expected<std::vector<listen_socket>> listen_on(const listen_address& x) {
  return x.path.empty() ? listen_tcp(x) : listen_unix(x);
}

} // namespace rrdflow

#include "actors/mqtt/mqtt_sockets.hpp"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace rrdflow {

namespace {

bool connected_to(int descriptor, uint16_t port) {
  sockaddr_storage peer;
  auto size = static_cast<socklen_t>(sizeof(peer));
  if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0)
    return false;
  if (peer.ss_family == AF_INET)
    return ntohs(reinterpret_cast<sockaddr_in&>(peer).sin_port) == port;
  if (peer.ss_family == AF_INET6)
    return ntohs(reinterpret_cast<sockaddr_in6&>(peer).sin6_port) == port;
  return false;
}

bool same(const socket_mark& x, const socket_mark& y) {
  return x.descriptor == y.descriptor && x.inode == y.inode;
}

/// Returns a connected socket, or -1 and sets `error` to an error number.
int try_connect(const addrinfo& x, std::chrono::milliseconds limit,
                int& error) {
  auto fd
    = ::socket(x.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    error = errno;
    return -1;
  }
  auto result = ::connect(fd, x.ai_addr, x.ai_addrlen) == 0 ? 0 : errno;
  if (result == EINPROGRESS) {
    pollfd waiting{fd, POLLOUT, 0};
    auto size = static_cast<socklen_t>(sizeof(result));
    if (::poll(&waiting, 1, static_cast<int>(limit.count())) != 1)
      result = ETIMEDOUT;
    else
      ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &result, &size);
  }
  if (result == 0 && ::fcntl(fd, F_SETFL, 0) == 0)
    return fd;
  error = result;
  ::close(fd);
  return -1;
}

} // namespace

std::vector<socket_mark> sockets_to(uint16_t port) {
  std::vector<socket_mark> result;
  std::unique_ptr<DIR, int (*)(DIR*)> folder{::opendir("/proc/self/fd"),
                                             ::closedir};
  if (!folder)
    return result;
  while (auto entry = ::readdir(folder.get())) {
    auto descriptor = std::atoi(entry->d_name);
    struct stat info;
    if (::fstat(descriptor, &info) == 0 && S_ISSOCK(info.st_mode)
        && connected_to(descriptor, port))
      result.push_back({descriptor, info.st_ino});
  }
  return result;
}

std::vector<socket_mark> added(const std::vector<socket_mark>& before,
                               const std::vector<socket_mark>& now) {
  std::vector<socket_mark> result;
  for (auto& x : now) {
    auto known = std::any_of(before.begin(), before.end(),
                             [&](auto& y) { return same(x, y); });
    if (!known)
      result.push_back(x);
  }
  return result;
}

void shut_down(const std::vector<socket_mark>& xs) {
  for (auto& x : xs) {
    struct stat info;
    if (::fstat(x.descriptor, &info) == 0 && S_ISSOCK(info.st_mode)
        && info.st_ino == x.inode)
      ::shutdown(x.descriptor, SHUT_RDWR);
  }
}

int connect_to(const std::string& host, uint16_t port,
               std::chrono::milliseconds limit, std::string& reason) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  auto service = std::to_string(port);
  if (auto rc = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found)) {
    reason = ::gai_strerror(rc);
    return -1;
  }
  std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses{found,
                                                           ::freeaddrinfo};
  auto error = 0;
  for (auto x = found; x != nullptr; x = x->ai_next)
    if (auto fd = try_connect(*x, limit, error); fd >= 0)
      return fd;
  reason = std::strerror(error);
  return -1;
}

std::string why_unreachable(const std::string& host, uint16_t port,
                            std::chrono::milliseconds limit) {
  std::string reason;
  if (auto fd = connect_to(host, port, limit, reason); fd >= 0)
    ::close(fd);
  return reason;
}

} // namespace rrdflow

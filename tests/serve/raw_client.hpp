#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <string_view>

namespace rrdflow::test {

struct raw_response {
  /// 0: the connection ended without one.
  unsigned status = 0;

  /// Names in lower case.
  std::map<std::string, std::string> fields;
  std::string body;
};

/// A blocking connection that sends bytes as they stand. Gives up after 60 s.
class raw_client {
public:
  /// `address` as in http_daemon::addresses().
  explicit raw_client(const std::string& address) {
    if (address.compare(0, 5, "unix:") == 0) {
      sockaddr_un x{};
      x.sun_family = AF_UNIX;
      std::strncpy(x.sun_path, address.c_str() + 5, sizeof(x.sun_path) - 1);
      open(AF_UNIX, reinterpret_cast<sockaddr*>(&x), sizeof(x));
    } else {
      sockaddr_in x{};
      x.sin_family = AF_INET;
      auto colon = address.rfind(':');
      x.sin_port
        = htons(static_cast<uint16_t>(std::atoi(address.c_str() + colon + 1)));
      inet_pton(AF_INET, address.substr(0, colon).c_str(), &x.sin_addr);
      open(AF_INET, reinterpret_cast<sockaddr*>(&x), sizeof(x));
    }
  }

  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  ~raw_client() {
    if (fd_ >= 0)
      close(fd_);
  }

  bool connected() const {
    return fd_ >= 0;
  }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0)
        return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }

  /// Reads one response; that to a HEAD has no body.
  raw_response receive(bool head = false) {
    raw_response result;
    size_t end;
    while ((end = input_.find("\r\n\r\n")) == std::string::npos)
      if (!more())
        return result;
    auto lines = input_.substr(0, end + 2);
    input_.erase(0, end + 4);
    result.status
      = static_cast<unsigned>(std::atoi(lines.c_str() + lines.find(' ') + 1));
    for (auto at = lines.find("\r\n") + 2; at < lines.size();) {
      auto stop = lines.find("\r\n", at);
      auto line = lines.substr(at, stop - at);
      auto colon = line.find(':');
      auto name = line.substr(0, colon);
      for (auto& c : name)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      result.fields[name] = line.substr(std::min(colon + 2, line.size()));
      at = stop + 2;
    }
    if (head || result.status == 304
        || result.fields["transfer-encoding"] == "chunked")
      return result;
    auto size
      = std::strtoull(result.fields["content-length"].c_str(), nullptr, 10);
    while (input_.size() < size)
      if (!more())
        break;
    result.body = input_.substr(0, size);
    input_.erase(0, size);
    return result;
  }

  /// Reads on until what has come since holds `text`, or 60 s are over.
  bool await(std::string_view text) {
    while (input_.find(text) == std::string::npos)
      if (!more())
        return false;
    return true;
  }

  /// Waits until there is something to read.
  bool await_input() const {
    pollfd x{fd_, POLLIN, 0};
    return ::poll(&x, 1, 60000) == 1;
  }

  /// Whether the peer ended the connection within 60 s.
  bool ended() {
    while (more())
      input_.clear();
    return closed_;
  }

private:
  void open(int family, const sockaddr* address, socklen_t size) {
    fd_ = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    timeval timeout{60, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    if (connect(fd_, address, size) != 0) {
      close(fd_);
      fd_ = -1;
    }
  }

  bool more() {
    char buffer[65536];
    auto n = recv(fd_, buffer, sizeof(buffer), 0);
    if (n > 0)
      input_.append(buffer, static_cast<size_t>(n));
    else
      closed_ = n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
    return n > 0;
  }

  int fd_ = -1;
  bool closed_ = false;
  std::string input_;
};

/// A GET without more.
inline std::string plain_get(const std::string& target = "/") {
  return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

/// One request over a fresh connection. `fields` are whole lines with CRLF.
inline raw_response ask(const std::string& address, const std::string& line,
                        const std::string& fields = "Host: localhost\r\n",
                        const std::string& body = "") {
  raw_client client{address};
  auto length = body.empty()
                  ? ""
                  : "Content-Length: " + std::to_string(body.size()) + "\r\n";
  client.send(line + " HTTP/1.1\r\n" + fields + length + "\r\n" + body);
  return client.receive(line.compare(0, 5, "HEAD ") == 0);
}

} // namespace rrdflow::test

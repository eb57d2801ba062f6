#pragma once

#include <microhttpd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rrdflow::test {

/// What the server was asked.
struct seen_request {
  std::string method;
  std::string path;
  std::string host;
  std::string marker;
  std::string authorization;

  /// Of the query, decoded.
  std::vector<std::pair<std::string, std::string>> parameters;

  std::string parameter(const std::string& name) const {
    for (auto& [key, value] : parameters)
      if (key == name)
        return value;
    return {};
  }
};

/// An HTTP server on a free port of loopback that answers what it is told: the
/// far end of the client.
class answering_server {
public:
  using answer = std::pair<unsigned, std::string>;

  /// @param path of a unix socket to listen at instead.
  explicit answering_server(std::function<answer(const seen_request&)> f,
                            const std::string& path = {})
    : answer_{std::move(f)} {
    auto fd = path.empty() ? MHD_INVALID_SOCKET : listen_at(path);
    daemon_ = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, nullptr,
                               nullptr, &answering_server::handle, this,
                               MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_END);
    if (!daemon_)
      throw std::runtime_error("cannot start a server");
  }

  answering_server(const answering_server&) = delete;
  answering_server& operator=(const answering_server&) = delete;

  ~answering_server() {
    MHD_stop_daemon(daemon_);
  }

  std::string address() const {
    auto info = MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_BIND_PORT);
    return "127.0.0.1:" + std::to_string(info->port);
  }

  std::vector<seen_request> seen() const {
    std::lock_guard guard{mutex_};
    return seen_;
  }

private:
  static int listen_at(const std::string& path) {
    auto fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0
        || listen(fd, 4) != 0)
      throw std::runtime_error("cannot listen at " + path);
    return fd;
  }

  static std::string header(MHD_Connection* x, const char* name) {
    auto value = MHD_lookup_connection_value(x, MHD_HEADER_KIND, name);
    return value ? value : "";
  }

  static MHD_Result
  handle(void* self, MHD_Connection* connection, const char* url,
         const char* method, const char*, const char*, size_t*, void** state) {
    // The first call has the head only.
    if (!*state) {
      *state = self;
      return MHD_YES;
    }
    auto& server = *static_cast<answering_server*>(self);
    seen_request x{method,
                   url,
                   header(connection, "Host"),
                   header(connection, "X-Rrdflow"),
                   header(connection, "Authorization"),
                   {}};
    auto collect
      = [](void* out, MHD_ValueKind, const char* key, const char* value) {
          static_cast<seen_request*>(out)->parameters.emplace_back(
            key, value ? value : "");
          return MHD_YES;
        };
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, collect, &x);
    auto [status, body] = server.answer_(x);
    {
      std::lock_guard guard{server.mutex_};
      server.seen_.push_back(std::move(x));
    }
    auto response = MHD_create_response_from_buffer(body.size(), body.data(),
                                                    MHD_RESPMEM_MUST_COPY);
    auto result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
  }

  std::function<answer(const seen_request&)> answer_;
  mutable std::mutex mutex_;
  std::vector<seen_request> seen_;
  MHD_Daemon* daemon_ = nullptr;
};

} // namespace rrdflow::test

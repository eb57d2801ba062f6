#include "actors/serve/http/http_daemon.hpp"

#include "actors/serve/http/http_connection.hpp"
#include "actors/serve/http/http_stream.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cstdarg>

namespace rrdflow {

namespace {

using std::chrono::steady_clock;

http_core& core_of(void* cls) {
  return *static_cast<http_core*>(cls);
}

/// A request line has arrived.
void* begin_call(void* cls, const char* target, MHD_Connection*) {
  return new http_call{core_of(cls), target};
}

MHD_Result
handle_call(void*, MHD_Connection* connection, const char*, const char* method,
            const char*, const char* data, size_t* size, void** context) {
  auto* call = static_cast<http_call*>(*context);
  if (call == nullptr)
    return MHD_NO;
  try {
    return call->proceed(connection, method, data, size);
  } catch (const std::exception&) {
    return MHD_NO; // out of memory: give up this connection only
  }
}

void end_call(void* cls, MHD_Connection* connection, void** context,
              MHD_RequestTerminationCode) {
  delete static_cast<http_call*>(*context);
  *context = nullptr;
  auto* info
    = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  if (info == nullptr || info->socket_context == nullptr)
    return;
  std::lock_guard guard{core_of(cls).mutex};
  auto* socket = static_cast<http_socket*>(info->socket_context);
  socket->now = http_socket::phase::reading;
  socket->since = steady_clock::now();
  socket->stream = nullptr;
}

void watch_socket(void* cls, MHD_Connection* connection, void** context,
                  MHD_ConnectionNotificationCode code) {
  auto& core = core_of(cls);
  std::lock_guard guard{core.mutex};
  if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
    auto* socket = static_cast<http_socket*>(*context);
    core.sockets.erase(socket);
    delete socket;
    *context = nullptr;
    return;
  }
  auto* info
    = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  auto* socket = new http_socket{info == nullptr ? -1 : info->connect_fd,
                                 http_socket::phase::reading,
                                 steady_clock::now(), nullptr};
  core.sockets.insert(socket);
  *context = socket;
}

/// Whether the client left. libmicrohttpd does not look at a connection that is
/// suspended.
bool hung_up(const http_socket& x) {
  char byte;
  return ::recv(x.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/// What libmicrohttpd has to say is about single clients, or an error that the
/// caller sees.
void ignore_log(void*, const char*, va_list) {
  // nop
}

} // namespace

class http_daemon::implementation {
public:
  explicit implementation(const http_limits& limits) {
    core.limits = limits;
  }

  ~implementation() {
    stop();
  }

  caf::error start(handlers x);
  void end_overdue();
  void stop();

  std::vector<listen_socket> sockets;

private:
  http_core core;
  std::vector<MHD_Daemon*> daemons;
};

caf::error http_daemon::implementation::start(handlers x) {
  if (sockets.empty())
    return caf::none;
  core.on = std::move(x);
  auto share = std::max<unsigned>(1, core.limits.connections
                                       / static_cast<unsigned>(sockets.size()));
  auto idle = static_cast<unsigned>(core.limits.request.count() / 1000 + 1);
  for (auto& socket : sockets) {
    auto* daemon = MHD_start_daemon(
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC
        | MHD_USE_ERROR_LOG,
      0, nullptr, nullptr, handle_call, &core, //
      MHD_OPTION_EXTERNAL_LOGGER, ignore_log, nullptr, MHD_OPTION_LISTEN_SOCKET,
      socket.fd(),                        //
      MHD_OPTION_CONNECTION_LIMIT, share, //
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, core.limits.head,
      MHD_OPTION_CONNECTION_TIMEOUT, idle, //
      MHD_OPTION_URI_LOG_CALLBACK, begin_call, &core,
      MHD_OPTION_NOTIFY_COMPLETED, end_call, &core,
      MHD_OPTION_NOTIFY_CONNECTION, watch_socket, &core, MHD_OPTION_END);
    if (daemon == nullptr)
      return fail(ec::io_failed, socket.name() + ": libmicrohttpd failed");
    daemons.push_back(daemon);
  }
  return caf::none;
}

void http_daemon::implementation::end_overdue() {
  auto now = steady_clock::now();
  std::vector<std::shared_ptr<http_stream>> left;
  // A socket is closed only after `watch_socket` took it from the set.
  std::unique_lock guard{core.mutex};
  auto crowded = core.sockets.size() > core.limits.connections / 2;
  auto patience = crowded ? core.limits.crowded : core.limits.request;
  for (auto* x : core.sockets) {
    if (x->stream && hung_up(*x))
      left.push_back(x->stream);
    auto age = now - x->since;
    if ((x->now == http_socket::phase::reading && age > patience)
        || (x->now == http_socket::phase::writing && age > core.limits.response)
        || (x->stream && x->stream->dropped()))
      ::shutdown(x->fd, SHUT_RDWR);
  }
  guard.unlock();
  for (auto& x : left)
    x->close();
}

void http_daemon::implementation::stop() {
  std::unique_lock guard{core.mutex};
  core.stopping = true;
  auto parked = core.parked;
  std::vector<std::shared_ptr<http_stream>> streams;
  for (auto* x : core.sockets)
    if (x->stream)
      streams.push_back(x->stream);
  guard.unlock();
  for (auto* x : daemons)
    MHD_quiesce_daemon(x);
  for (auto& x : parked)
    x->answer(error_response(503, "the service is stopping"));
  for (auto& x : streams)
    x->close();
  guard.lock();
  core.left.wait_for(guard, core.limits.farewell,
                     [this] { return core.leaving == 0; });
  guard.unlock();
  for (auto* x : daemons)
    MHD_stop_daemon(x);
  daemons.clear();
  sockets.clear();
}

http_daemon::http_daemon(std::unique_ptr<implementation> x)
  : impl_{std::move(x)} {
  // nop
}

http_daemon::~http_daemon() = default;

caf::expected<std::shared_ptr<http_daemon>>
http_daemon::open(const http_settings& settings) {
  auto impl = std::make_unique<implementation>(settings.limits);
  for (auto& address : settings.listen) {
    auto sockets = listen_on(address);
    if (!sockets)
      return std::move(sockets.error());
    for (auto& x : *sockets)
      impl->sockets.push_back(std::move(x));
  }
  return std::shared_ptr<http_daemon>{new http_daemon{std::move(impl)}};
}

caf::error http_daemon::start(handlers x) {
  return impl_->start(std::move(x));
}

void http_daemon::end_overdue() {
  impl_->end_overdue();
}

void http_daemon::stop() {
  impl_->stop();
}

std::vector<std::string> http_daemon::addresses() const {
  std::vector<std::string> result;
  for (auto& x : impl_->sockets)
    result.push_back(x.name());
  return result;
}

} // namespace rrdflow

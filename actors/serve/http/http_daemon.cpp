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

/// libmicrohttpd logs the faults of single clients, and errors that it returns,
/// too.
void ignore_log(void*, const char*, va_list) {
  // nop
}

} // namespace

http_daemon::http_daemon(const http_limits& limits)
  : core_{std::make_unique<http_core>()} {
  core_->limits = limits;
}

http_daemon::~http_daemon() {
  stop();
}

caf::expected<std::shared_ptr<http_daemon>>
http_daemon::open(const http_settings& settings) {
  std::shared_ptr<http_daemon> result{new http_daemon{settings.limits}};
  for (auto& address : settings.listen) {
    auto sockets = listen_on(address);
    if (!sockets)
      return std::move(sockets.error());
    for (auto& x : *sockets)
      result->sockets_.push_back(std::move(x));
  }
  return result;
}

caf::error http_daemon::start(handlers x) {
  if (sockets_.empty())
    return caf::none;
  core_->on = std::move(x);
  auto share = std::max<unsigned>(
    1, core_->limits.connections / static_cast<unsigned>(sockets_.size()));
  auto idle = static_cast<unsigned>(core_->limits.request.count() / 1000 + 1);
  for (auto& socket : sockets_) {
    auto* daemon = MHD_start_daemon(
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC
        | MHD_USE_ERROR_LOG,
      0, nullptr, nullptr, handle_call, core_.get(), //
      MHD_OPTION_EXTERNAL_LOGGER, ignore_log, nullptr, MHD_OPTION_LISTEN_SOCKET,
      socket.fd(),                        //
      MHD_OPTION_CONNECTION_LIMIT, share, //
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, core_->limits.head,
      MHD_OPTION_CONNECTION_TIMEOUT, idle, //
      MHD_OPTION_URI_LOG_CALLBACK, begin_call, core_.get(),
      MHD_OPTION_NOTIFY_COMPLETED, end_call, core_.get(),
      MHD_OPTION_NOTIFY_CONNECTION, watch_socket, core_.get(), MHD_OPTION_END);
    if (daemon == nullptr)
      return fail(ec::io_failed, socket.name() + ": libmicrohttpd failed");
    daemons_.push_back(daemon);
  }
  return caf::none;
}

void http_daemon::end_overdue() {
  auto now = steady_clock::now();
  std::vector<std::shared_ptr<http_stream>> left;
  // A socket is closed only after `watch_socket` took it from the set.
  std::unique_lock guard{core_->mutex};
  auto& limits = core_->limits;
  auto overloaded = core_->sockets.size() > limits.connections / 2;
  auto timeout = overloaded ? limits.overloaded_request : limits.request;
  for (auto* x : core_->sockets) {
    if (x->stream && hung_up(*x))
      left.push_back(x->stream);
    auto age = now - x->since;
    if ((x->now == http_socket::phase::reading && age > timeout)
        || (x->now == http_socket::phase::writing && age > limits.response)
        || (x->stream && x->stream->dropped()))
      ::shutdown(x->fd, SHUT_RDWR);
  }
  guard.unlock();
  for (auto& x : left)
    x->close();
}

void http_daemon::stop() {
  std::unique_lock guard{core_->mutex};
  core_->stopping = true;
  auto suspended = core_->suspended;
  std::vector<std::shared_ptr<http_stream>> streams;
  for (auto* x : core_->sockets)
    if (x->stream)
      streams.push_back(x->stream);
  guard.unlock();
  for (auto* x : daemons_)
    MHD_quiesce_daemon(x);
  for (auto& x : suspended)
    x->answer(error_response(503, "the service is stopping"));
  for (auto& x : streams)
    x->close();
  guard.lock();
  core_->all_answered.wait_for(guard, core_->limits.drain_timeout,
                               [this] { return core_->unanswered == 0; });
  guard.unlock();
  for (auto* x : daemons_)
    MHD_stop_daemon(x);
  daemons_.clear();
  sockets_.clear();
}

std::vector<std::string> http_daemon::addresses() const {
  std::vector<std::string> result;
  for (auto& x : sockets_)
    result.push_back(x.name());
  return result;
}

} // namespace rrdflow

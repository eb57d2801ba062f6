#pragma once

#include "actors/serve/http/http_message.hpp"
#include "actors/serve/http/http_settings.hpp"
#include "actors/serve/http/listen_socket.hpp"
#include "messages/error.hpp"

#include <caf/expected.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct MHD_Daemon;

namespace rrdflow {

struct http_core;

/// A request that waits for its response while its connection is suspended.
/// Thread-safe. Destroyed without a response it gets 503.
class http_exchange {
public:
  using responder = std::function<void(http_response)>;

  http_exchange(http_request request, responder respond)
    : request_{std::move(request)}, respond_{std::move(respond)} {
    // nop
  }

  http_exchange(const http_exchange&) = delete;
  http_exchange& operator=(const http_exchange&) = delete;

  ~http_exchange() {
    respond_(error_response(503, "no answer"));
  }

  const http_request& request() const noexcept {
    return request_;
  }

  /// Only the first response counts.
  void respond(http_response x) {
    respond_(std::move(x));
  }

private:
  http_request request_;
  responder respond_;
};

using http_exchange_ptr = std::shared_ptr<http_exchange>;

/// Serves HTTP by libmicrohttpd; what a request means is up to its handlers.
///
/// Concurrency: one thread per listening socket, started by `start`. It calls
/// the handlers, which must not block. While a request is with `back`, its
/// connection is suspended.
/// Limitations: no TLS; a client that leaves while its request is with `back`
/// is noticed afterwards only.
class http_daemon {
public:
  struct handlers {
    /// Sees each request before its body; a response ends it.
    std::function<std::optional<http_response>(const http_request&)> front;

    /// Takes the complete request; the response may come from any thread.
    std::function<void(http_exchange_ptr)> back;
  };

  /// Binds all addresses. Clients can connect from here on, and wait.
  /// @returns ec::bad_config or ec::io_failed, naming the address.
  static caf::expected<std::shared_ptr<http_daemon>>
  open(const http_settings& settings);

  /// Stops.
  ~http_daemon();

  http_daemon(const http_daemon&) = delete;
  http_daemon& operator=(const http_daemon&) = delete;

  /// Serves from now on.
  caf::error start(handlers x);

  /// Ends connections whose request or response takes too long; to be called
  /// about once a second.
  void end_overdue();

  /// Answers what waits with 503, waits `http_limits::drain_timeout` for the
  /// responses to leave, and joins the threads. Later calls do nothing.
  void stop();

  /// What it listens on, with the ports in use.
  std::vector<std::string> addresses() const;

private:
  explicit http_daemon(const http_limits& limits);

  std::unique_ptr<http_core> core_;
  std::vector<listen_socket> sockets_;

  /// One for each socket.
  std::vector<MHD_Daemon*> daemons_;
};

} // namespace rrdflow

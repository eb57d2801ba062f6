#pragma once

#include "actors/serve/http/http_daemon.hpp"

#include <microhttpd.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_set>

namespace rrdflow {

/// A request that is with `back`; its connection is suspended until the first
/// response.
struct suspended_request {
  std::mutex mutex;
  MHD_Connection* connection = nullptr;
  bool answered = false;
  http_response response;

  void answer(http_response x);
};

/// What a connection is doing since when, for the timeouts.
struct http_socket {
  enum class phase { reading, suspended, writing, streaming };

  int fd = -1;
  phase now = phase::reading;
  std::chrono::steady_clock::time_point since;

  /// While streaming.
  std::shared_ptr<http_stream> stream;
};

/// What the threads of an http_daemon share.
struct http_core {
  http_limits limits;
  http_daemon::handlers on;

  std::mutex mutex;
  bool stopping = false;
  std::unordered_set<http_socket*> sockets;
  std::unordered_set<std::shared_ptr<suspended_request>> suspended;

  /// Requests that were suspended or have a response, until that has left.
  size_t unanswered = 0;

  /// Bytes of the bodies of responses that have not left.
  size_t held = 0;

  std::condition_variable all_answered;
};

/// One request from its first line to the end of its response. Used by the
/// thread of its daemon only.
class http_call {
public:
  http_call(http_core& core, const char* target);
  ~http_call();

  http_call(const http_call&) = delete;
  http_call& operator=(const http_call&) = delete;

  /// Does the next step when libmicrohttpd calls.
  MHD_Result proceed(MHD_Connection* c, const char* method, const char* data,
                     size_t* size);

private:
  enum class stage { head, body, suspended, responded };

  MHD_Result begin(MHD_Connection* c, const char* method);
  MHD_Result take(const char* data, size_t* size);
  MHD_Result suspend(MHD_Connection* c);
  MHD_Result respond(MHD_Connection* c, http_response x);
  MHD_Result refuse(MHD_Connection* c, unsigned status);
  void hold(http_response& x);
  void enter(MHD_Connection* c, http_socket::phase x,
             std::shared_ptr<http_stream> stream = nullptr);

  http_core& core_;
  http_request request_;
  stage stage_ = stage::head;

  /// The status of the error found in the target or the body, or 0.
  unsigned refused_ = 0;

  /// Bytes of the body, discarded ones included.
  size_t received_ = 0;

  bool counted_ = false;

  /// Bytes of its response.
  size_t held_ = 0;
  std::shared_ptr<suspended_request> suspended_;
};

} // namespace rrdflow
